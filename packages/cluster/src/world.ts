import type { TokenSigner } from '@trireme/apiserver';
import type { ContainerRuntime, Disk, Logger, NodeFiles, PeerTransport, Prober, Random, Time } from '@trireme/ports';
import type { StateLevel } from '@trireme/store';

/** Everything around a cluster. Whoever composes one decides what is real and what is played. */
export interface ClusterWorld<R extends ContainerRuntime> {
  readonly time: Time;
  readonly logger: Logger;
  /** A source for one part alone ('member-1/2'), so that what one part draws does not shift another. */
  random(part: string): Random;
  machine(id: bigint): Machine;
  readonly tokens: TokenSigner;
  runtime(place: NodePlace): NodeRuntime<R>;
  /** Makes time pass until the work has settled. Where time passes by itself this is the work. */
  drive<T>(work: Promise<T>): Promise<T>;
}

/** Where a member of the store runs: what of it outlives a process. */
export interface Machine {
  /** For a new process. Once `isAlive` says no, the process hears nothing more from any of it. */
  attach(isAlive: () => boolean): {
    readonly disk: Disk;
    readonly level: () => StateLevel;
    readonly transport: PeerTransport;
  };
  /** The process was killed, or the power failed: what was not synced may be lost. */
  crash(): void;
}

export interface NodePlace {
  readonly name: string;
  readonly hostIp: string;
  readonly podCidr: string;
  readonly random: Random;
}

/** What a kubelet drives. It outlives kubelets. */
export interface NodeRuntime<R extends ContainerRuntime> {
  readonly runtime: R;
  readonly files: NodeFiles;
  readonly prober: Prober;
}

export interface NodeCapacity {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly maxPods: number;
}
