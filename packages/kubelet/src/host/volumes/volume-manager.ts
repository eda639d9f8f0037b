import { messageOf } from '@trireme/base';
import type { ApiClient } from '@trireme/client';
import type { NodeFiles, RuntimeMount, Time } from '@trireme/ports';
import type { Container, Pod, Volume } from '@trireme/schema/types/core/v1';
import type { DownwardFacts } from '../../downward-api.ts';
import { podUid } from '../../identity.ts';
import { type PodPaths, podDirectory, volumeDirectory, volumeKindOf } from '../../pod-paths.ts';
import { projectionsOf, tokenProjectionsOf, volumeContent } from '../../volume-content.ts';
import type { ObjectReader } from '../object-reader.ts';
import { writeAtomicVolume } from './atomic-volume.ts';
import { mountsOf } from './container-mounts.ts';
import { checkHostPath, mountEmptyDir } from './plain-volumes.ts';
import { createTokenSource } from './token-source.ts';
import { mountFailed } from './volume-error.ts';

/** The volumes of the pods of a node. Every call may be repeated; what is mounted already is left as it is. */
export interface VolumeManager {
  /** Mounts all volumes of a pod. Throws a `VolumeError` for the first one that cannot be mounted. */
  mount(pod: Pod, facts: DownwardFacts): Promise<void>;
  /** Brings volumes that are made from API objects up to date. */
  refresh(pod: Pod, facts: DownwardFacts): Promise<void>;
  /** What a container is to be given. Throws a `VolumeError` where a subPath cannot be. */
  mountsOf(pod: Pod, container: Container, variables: ReadonlyMap<string, string>): Promise<readonly RuntimeMount[]>;
  /** Unmounts what is mounted, and removes what the volumes held. */
  unmount(uid: string): Promise<void>;
  /** Removes the whole directory of a pod. */
  removePod(uid: string): Promise<void>;
}

export interface VolumeManagerDeps {
  readonly client: ApiClient;
  readonly files: NodeFiles;
  readonly objects: ObjectReader;
  readonly time: Time;
  readonly paths: PodPaths;
}

/** Secrets stay off the disk. */
const inMemory = new Set(['secret', 'projected']);
const written = new Set(['configmap', 'secret', 'projected', 'downward-api']);

export function createVolumeManager({ client, files, objects, time, paths }: VolumeManagerDeps): VolumeManager {
  const tokens = createTokenSource(client, time);

  const tokensOf = async (pod: Pod, volume: Volume): Promise<ReadonlyMap<string, string>> => {
    const entries = tokenProjectionsOf(volume).map(
      async (projection): Promise<[string, string]> => [projection.path, await tokens.token(pod, projection)],
    );
    return new Map(await Promise.all(entries));
  };

  const contentOf = async (pod: Pod, volume: Volume, facts: DownwardFacts, maxAgeMs: number) => {
    const namespace = pod.metadata.namespace ?? '';
    const projections = projectionsOf(volume);
    const [configMaps, secrets, tokenTexts] = await Promise.all([
      objects.configMaps(namespace, namesIn(projections.map(({ configMap }) => configMap)), maxAgeMs),
      objects.secrets(namespace, namesIn(projections.map(({ secret }) => secret)), maxAgeMs),
      tokensOf(pod, volume),
    ]);
    return volumeContent(pod, volume, { configMaps, secrets, tokens: tokenTexts, facts });
  };

  const writeVolume = async (pod: Pod, volume: Volume, facts: DownwardFacts, maxAgeMs: number): Promise<void> => {
    const content = await contentOf(pod, volume, facts, maxAgeMs);
    if (content.problem !== undefined) throw mountFailed(volume.name, content.problem);
    const directory = volumeDirectory(paths, podUid(pod), volume);
    const gid = pod.spec.securityContext?.fsGroup;
    if (inMemory.has(volumeKindOf(volume) ?? '')) await files.mountTmpfs(directory, { mode: 0o755 });
    await files.makeDirectory(directory, { mode: 0o755, gid });
    await writeAtomicVolume(files, directory, content.files, { nowMs: time.now(), gid });
  };

  const mountVolume = async (pod: Pod, volume: Volume, facts: DownwardFacts): Promise<void> => {
    const kind = volumeKindOf(volume);
    if (!kind) throw mountFailed(volume.name, 'this kubelet does not mount volumes of this kind');
    try {
      if (volume.emptyDir) {
        const directory = volumeDirectory(paths, podUid(pod), volume);
        await mountEmptyDir(files, directory, volume.emptyDir, pod.spec.securityContext?.fsGroup);
      } else if (volume.hostPath) {
        const problem = await checkHostPath(files, volume.hostPath);
        if (problem !== undefined) throw mountFailed(volume.name, problem);
      } else await writeVolume(pod, volume, facts, startingMaxAgeMs);
    } catch (error) {
      throw asVolumeError(volume.name, error);
    }
  };

  const unmount = async (directory: string): Promise<void> => {
    for (const mounted of await files.mountsBelow(directory)) await files.unmount(mounted);
    await files.remove(directory);
  };

  return {
    async mount(pod, facts) {
      await files.makeDirectory(podDirectory(paths, podUid(pod)), { mode: 0o750 });
      await Promise.all((pod.spec.volumes ?? []).map((volume) => mountVolume(pod, volume, facts)));
    },
    async refresh(pod, facts) {
      for (const volume of pod.spec.volumes ?? []) {
        if (written.has(volumeKindOf(volume) ?? '')) await writeVolume(pod, volume, facts, 0);
      }
    },
    mountsOf: (pod, container, variables) => mountsOf(files, paths, pod, container, variables),
    unmount: (uid) => unmount(`${podDirectory(paths, uid)}/volumes`),
    async removePod(uid) {
      await unmount(podDirectory(paths, uid));
      tokens.forget(uid);
    },
  };
}

/** Pods that start together share an answer of the API that is this young. */
const startingMaxAgeMs = 1000;

function namesIn(sources: readonly ({ readonly name?: string | undefined } | undefined)[]): readonly string[] {
  return sources.flatMap((source) => (source?.name ? [source.name] : []));
}

function asVolumeError(volume: string, error: unknown): Error {
  return error instanceof Error && error.name === 'VolumeError' ? error : mountFailed(volume, messageOf(error), error);
}
