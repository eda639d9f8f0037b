import { CodedError } from '@trireme/base';
import { type Logger, silentLogger } from '@trireme/ports';
import type { ImageBehaviour, SimulatedDelays, SimulatedRuntime } from '@trireme/simulated-runtime';
import type { MemberOptions } from '@trireme/store';
import { createVirtualTime, type PeerNetwork, type VirtualTime } from '@trireme/testkit';
import { type Cluster, composeCluster } from '../compose-cluster.ts';
import type { NodeCapacity } from '../world.ts';
import { createClusterAuthority, type HttpsFace, openHttpsFace } from './https-face.ts';
import { createRealWorld, createVirtualWorld, type SimulatedWorld } from './worlds.ts';

export interface CreateClusterOptions {
  /** Members of the control plane. Default 1; 3 to lose one and go on. */
  readonly members?: number;
  /** Default 1. */
  readonly nodes?: number;
  /** What runs containers. Simulated ones start, log, exit and can be told to crash. */
  readonly runtime?: 'simulated';
  /**
   * 'real' (the default): the machine's clock. 'virtual': a clock that passes only while somebody waits for the cluster,
   * and hours of it in a moment. A VirtualTime: the same, on a clock that the caller holds too.
   */
  readonly time?: 'real' | 'virtual' | VirtualTime;
  /** On a virtual clock one seed gives one history, byte for byte. Default 1. */
  readonly seed?: number;
  /** True: the API is served on a free loopback port too, and `kubeconfig` is for the real kubectl. Needs the real clock. */
  readonly https?: boolean | { readonly port: number };
  /** How containers of these images behave. Others run until they are stopped, and answer every probe. */
  readonly images?: Readonly<Record<string, ImageBehaviour>>;
  /** How long the runtime takes for what it does. */
  readonly delays?: Partial<SimulatedDelays>;
  /** Of each node. Default: 8 CPUs, 32 GiB, 110 pods. */
  readonly capacity?: Partial<NodeCapacity>;
  /** Settings of the store's members, such as a small `checkpointEntries`. */
  readonly store?: Partial<MemberOptions>;
  /** Default: silence. */
  readonly logger?: Logger;
}

/** A whole cluster with simulated nodes. */
export interface SimulatedCluster extends Cluster<SimulatedRuntime> {
  /** Between the members of the store: cut it and heal it. */
  readonly network: PeerNetwork;
  /** 'https://127.0.0.1:40123'; undefined without https. */
  readonly url: string | undefined;
  /** The text of an administrator's kubeconfig; undefined without https. */
  readonly kubeconfig: string | undefined;
}

/** Raises a cluster in this process; resolves when its nodes are ready and pods can be created. */
export async function createCluster(options: CreateClusterOptions = {}): Promise<SimulatedCluster> {
  const { https = false, time = 'real' } = options;
  if (https && time !== 'real')
    throw new CodedError('bad-options', 'create a cluster: sockets need the real clock. Leave out https or time.');
  const world = createWorld(options);
  try {
    const authority = https ? await createClusterAuthority(world.time.now()) : undefined;
    const cluster = await composeCluster(world, {
      members: options.members ?? 1,
      nodes: options.nodes ?? 1,
      capacity: { cpus: 8, memoryBytes: 32 * 2 ** 30, maxPods: 110, ...options.capacity },
      rootCa: authority?.certificatePem ?? '# This cluster has no sockets, so there is nothing to verify.\n',
      store: { ...(time === 'real' ? quickStore : smallStore), ...options.store },
    });
    const port = typeof https === 'object' ? https.port : 0;
    return faceOf(world, cluster, authority && (await openHttpsFace({ ...world, ...cluster, authority }, port)));
  } catch (error) {
    world.end();
    throw error;
  }
}

/** Disks are memory here, and a small log needs little of it. */
const smallStore: Partial<MemberOptions> = { segmentBytes: 256 << 10 };
/** Elections within a fifth of a second. Members in one process stall together, so it calls for no new ones. */
const quickStore: Partial<MemberOptions> = { ...smallStore, heartbeatMs: 10, electionTimeoutMs: 100 };

function createWorld({
  time = 'real',
  seed = 1,
  logger = silentLogger,
  images = {},
  delays,
}: CreateClusterOptions): SimulatedWorld {
  const options = { seed, logger, images, delays };
  if (time === 'real') return createRealWorld(options);
  return createVirtualWorld(options, time === 'virtual' ? createVirtualTime() : time);
}

function faceOf(
  world: SimulatedWorld,
  cluster: Cluster<SimulatedRuntime>,
  https: HttpsFace | undefined,
): SimulatedCluster {
  const stop = async (): Promise<void> => {
    await cluster.stop();
    world.end();
    await https?.close();
  };
  return {
    ...cluster,
    network: world.network,
    url: https?.url,
    kubeconfig: https?.kubeconfig,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
