import type { Pod, Volume } from '@trireme/schema/types/core/v1';
import { podUid } from './identity.ts';

/** Where a kubelet keeps things; the layout is upstream's, so that what a person knows of it holds. */
export interface PodPaths {
  readonly rootDirectory: string;
  readonly logDirectory: string;
}

export function podDirectory({ rootDirectory }: PodPaths, uid: string): string {
  return `${rootDirectory}/pods/${uid}`;
}

export function podsDirectory({ rootDirectory }: PodPaths): string {
  return `${rootDirectory}/pods`;
}

/** '/var/log/pods/default_web_<uid>' */
export function podLogDirectory({ logDirectory }: PodPaths, pod: Pod): string {
  return `${logDirectory}/${pod.metadata.namespace}_${pod.metadata.name}_${podUid(pod)}`;
}

/** Below the pod's log directory. */
export function containerLogName(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`;
}

export type VolumeKind = 'empty-dir' | 'configmap' | 'secret' | 'projected' | 'downward-api' | 'host-path';

/** What a volume is made of; undefined for a source that this kubelet does not mount. */
export function volumeKindOf(volume: Volume): VolumeKind | undefined {
  if (volume.emptyDir) return 'empty-dir';
  if (volume.configMap) return 'configmap';
  if (volume.secret) return 'secret';
  if (volume.projected) return 'projected';
  if (volume.downwardAPI) return 'downward-api';
  return volume.hostPath ? 'host-path' : undefined;
}

/** The directory on the node that stands for a volume (for a hostPath, what it names). */
export function volumeDirectory(paths: PodPaths, uid: string, volume: Volume): string {
  if (volume.hostPath) return volume.hostPath.path;
  return `${podDirectory(paths, uid)}/volumes/kubernetes.io~${volumeKindOf(volume) ?? 'unknown'}/${volume.name}`;
}

export function hostsFilePath(paths: PodPaths, uid: string): string {
  return `${podDirectory(paths, uid)}/etc-hosts`;
}

/** A file per container instance, mounted where the container writes its last words. */
export function terminationMessagePath(paths: PodPaths, uid: string, container: string, restartCount: number): string {
  return `${podDirectory(paths, uid)}/containers/${container}/termination-${restartCount}`;
}
