import type { NodeFiles, RuntimeMount } from '@trireme/ports';
import type { Container, Pod, Volume, VolumeMount } from '@trireme/schema/types/core/v1';
import { expand } from '../../expansion.ts';
import { podUid } from '../../identity.ts';
import { type PodPaths, volumeDirectory, volumeKindOf } from '../../pod-paths.ts';
import { VolumeError } from './volume-error.ts';

const propagations = { None: 'private', HostToContainer: 'host-to-container', Bidirectional: 'bidirectional' } as const;

/** The mounts of a container's volumes, subPaths resolved to what they stand for now. */
export async function mountsOf(
  files: NodeFiles,
  paths: PodPaths,
  pod: Pod,
  container: Container,
  variables: ReadonlyMap<string, string>,
): Promise<readonly RuntimeMount[]> {
  const mounts: RuntimeMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (!volume) throw failed(`volume "${mount.name}" of container "${container.name}" is not in the pod`);
    const directory = volumeDirectory(paths, podUid(pod), volume);
    mounts.push({
      containerPath: absolute(mount.mountPath),
      hostPath: await hostPathOf(files, directory, volume, mount, container.name, variables),
      readonly: mount.readOnly ?? alwaysReadOnly(volume),
      propagation: propagations[mount.mountPropagation ?? 'None'],
    });
  }
  return mounts;
}

// What a container wrote there would be lost at the next refresh.
function alwaysReadOnly(volume: Volume): boolean {
  const kind = volumeKindOf(volume);
  return kind === 'configmap' || kind === 'secret' || kind === 'projected' || kind === 'downward-api';
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

async function hostPathOf(
  files: NodeFiles,
  directory: string,
  volume: Volume,
  mount: VolumeMount,
  container: string,
  variables: ReadonlyMap<string, string>,
): Promise<string> {
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => variables.get(name)) : mount.subPath;
  if (!subPath) return directory;
  const refuse = (): VolumeError =>
    failed(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container}"`);
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw refuse();
  const wanted = `${directory}/${subPath}`;
  let real = await files.realPath(wanted);
  if (real === undefined) {
    if (alwaysReadOnly(volume)) throw refuse();
    await makeInside(files, directory, subPath, refuse);
    real = await files.realPath(wanted);
  }
  const root = (await files.realPath(directory)) ?? directory;
  // A link inside the volume must not lead out of it, to the node's own files.
  if (real === undefined || !isInside(real, root)) throw refuse();
  return real;
}

/** Makes the missing directories one by one, so that no link on the way is followed out of the volume. */
async function makeInside(
  files: NodeFiles,
  directory: string,
  subPath: string,
  refuse: () => VolumeError,
): Promise<void> {
  const root = (await files.realPath(directory)) ?? directory;
  let at = directory;
  for (const part of subPath.split('/').filter((piece) => piece !== '' && piece !== '.')) {
    at = `${at}/${part}`;
    const real = await files.realPath(at);
    if (real === undefined) await files.makeDirectory(at, { mode: 0o750 });
    else if (!isInside(real, root)) throw refuse();
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function failed(message: string): VolumeError {
  return new VolumeError('FailedMount', message);
}
