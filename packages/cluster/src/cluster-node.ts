import { createDirectTransport } from '@trireme/apiserver';
import { CodedError } from '@trireme/base';
import { createApiClient, createInformerFactory } from '@trireme/client';
import { createKubelet, type Kubelet } from '@trireme/kubelet/host';
import type { ContainerRuntime, HttpHandler, HttpTransport } from '@trireme/ports';
import { addressPlan } from './address-plan.ts';
import { identities } from './identities.ts';
import { createLifetime, type Lifetime, mortalHandler } from './lifetime.ts';
import type { ClusterWorld, NodeCapacity } from './world.ts';

/** A node: a container runtime, and a kubelet that drives it. */
export interface ClusterNode<R extends ContainerRuntime = ContainerRuntime> {
  readonly name: string;
  /** Outlives kubelets: what runs in it goes on while none is there. */
  readonly runtime: R;
  /** Its kubelet runs. */
  readonly running: boolean;
  /** Ends the kubelet. Containers go on, and nobody says so to the cluster any more. */
  stop(): Promise<void>;
  /** Starts a kubelet, which takes over what runs. Resolves when the node is registered. */
  start(): Promise<void>;
}

/** What the rest of the cluster sees of a node, besides. */
export interface InnerNode<R extends ContainerRuntime> extends ClusterNode<R> {
  /** The way to its kubelet, as the apiserver takes it. */
  readonly kubelet: HttpTransport;
  /** Ends everything at once. */
  end(): void;
}

interface Process {
  readonly life: Lifetime;
  readonly kubelet: Kubelet;
  readonly handler: HttpHandler;
  readonly stop: () => Promise<void>;
}

export function createClusterNode<R extends ContainerRuntime>(
  world: ClusterWorld<R>,
  api: HttpHandler,
  options: { readonly name: string; readonly position: number; readonly capacity: NodeCapacity },
): InnerNode<R> {
  const { name, position } = options;
  const hostIp = addressPlan.nodeIp(position);
  const podCidr = addressPlan.nodePodCidr(position);
  const place = world.runtime({ name, hostIp, podCidr, random: world.random(`${name}/runtime`) });
  const logger = world.logger.with({ node: name });
  let starts = 0;
  let process: Process | undefined;

  const begin = (): Process => {
    starts += 1;
    const life = createLifetime(world.time, name);
    const { time } = life;
    const random = world.random(`${name}/${starts}`);
    const client = createApiClient(createDirectTransport(api, identities.kubelet(name)), { time });
    const informers = createInformerFactory({ client, time, random, logger });
    const kubelet = createKubelet(
      { client, informers, ...place, time, random, logger },
      {
        nodeName: name,
        facts: factsOf(name, hostIp, options.capacity),
        clusterDns: [addressPlan.dnsAddress],
        clusterDomain: addressPlan.clusterDomain,
        podCidrs: [podCidr],
      },
    );
    const stop = async (): Promise<void> => {
      await kubelet.stop();
      informers.stop();
    };
    return { life, kubelet, handler: mortalHandler(kubelet.handler, life, `the kubelet of ${name}`), stop };
  };

  return {
    name,
    runtime: place.runtime,
    get running() {
      return process !== undefined;
    },
    async start() {
      if (process) return;
      process = begin();
      await world.drive(process.life.during(process.kubelet.start()));
    },
    async stop() {
      const ending = process;
      process = undefined;
      if (!ending) return;
      await world.drive(ending.stop());
      ending.life.end();
    },
    kubelet: createDirectTransport(async (request, peer) => {
      if (!process) throw new CodedError('unreachable', `the kubelet of ${name} does not run. Start it first.`);
      return await process.handler(request, peer);
    }, identities.apiserver),
    end() {
      process?.life.end();
      process = undefined;
    },
  };
}

function factsOf(name: string, hostIp: string, { cpus, memoryBytes, maxPods }: NodeCapacity) {
  return {
    cpus,
    memoryBytes,
    maxPods,
    ephemeralStorageBytes: 100 * 2 ** 30,
    info: {
      architecture: 'amd64',
      bootID: `boot-of-${name}`,
      kernelVersion: '6.1.0',
      machineID: `machine-of-${name}`,
      operatingSystem: 'linux',
      osImage: 'Simulated',
      systemUUID: `system-of-${name}`,
    },
    internalIps: [hostIp],
  };
}
