import type { EventRecorder, Lister } from '@trireme/client';
import type { Node, ObjectReference, Pod, Service } from '@trireme/schema/types/core/v1';
import type { DownwardFacts } from '../downward-api.ts';
import type { PodSettings } from '../sandbox-config.ts';
import type { ImagePuller } from './image-puller.ts';
import type { KubeletDeps } from './kubelet-options.ts';
import type { ObjectReader } from './object-reader.ts';
import type { RuntimeView } from './runtime-view.ts';
import type { StatusWriter } from './status-writer.ts';
import type { VolumeManager } from './volumes/volume-manager.ts';

/** What the parts of one kubelet share. Made once, in `createKubelet`. */
export interface KubeletContext {
  readonly deps: KubeletDeps;
  readonly settings: PodSettings;
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly recorder: EventRecorder;
  readonly objects: ObjectReader;
  readonly services: Lister<Service>;
  readonly images: ImagePuller;
  readonly volumes: VolumeManager;
  readonly view: RuntimeView;
  readonly statuses: StatusWriter;
  /** The node as it was last written or read. */
  node(): Node | undefined;
  /** Reads the node anew. */
  refreshNode(): Promise<void>;
}

export function downwardFacts(
  context: Pick<KubeletContext, 'hostIps' | 'node'>,
  podIps: readonly string[],
): DownwardFacts {
  return { podIps, hostIps: context.hostIps, allocatable: context.node()?.status?.allocatable ?? {} };
}

/** An event about one container names it by its place in the pod. */
export function containerReference(pod: Pod, container: string): ObjectReference {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  const isInit = pod.spec.initContainers?.some((entry) => entry.name === container);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    name,
    namespace,
    uid,
    resourceVersion,
    fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`,
  };
}
