import { createInformerFactory } from '@trireme/client';
import { createFakeApi, type FakeApi } from '@trireme/client/testing';
import { silentLogger } from '@trireme/ports';
import { events, pods } from '@trireme/schema/resources';
import type { Container, Event, Pod, PodSpec } from '@trireme/schema/types/core/v1';
import { createSimulatedRuntime, type SimulatedRuntime } from '@trireme/simulated-runtime';
import { createSeededRandom, createVirtualTime, type VirtualTime } from '@trireme/testkit';
import { createKubelet, type Kubelet } from '../src/host/kubelet.ts';
import { createAnsweringProber } from '../src/host/testing/answering-prober.ts';
import { createMemoryNodeFiles, type MemoryNodeFiles } from '../src/host/testing/memory-node-files.ts';
import type { NodeFacts } from '../src/node-status.ts';

/** One node with everything around it simulated. */
export interface TestNode {
  readonly time: VirtualTime;
  readonly api: FakeApi;
  readonly runtime: SimulatedRuntime;
  readonly files: MemoryNodeFiles;
  readonly kubelet: Kubelet;
  /** A second kubelet on the same node, as after a restart. */
  restarted(): Kubelet;
  /** Creates a pod bound to the node. */
  run(name: string, spec: Partial<PodSpec> & { readonly containers?: readonly Container[] }): Promise<Pod>;
  pod(name: string): Pod | undefined;
  /** Advances until the pod is so. */
  until(name: string, condition: (pod: Pod) => boolean, limitMs: number, what: string): Promise<Pod>;
  events(): readonly string[];
}

export const testFacts: NodeFacts = {
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
  ephemeralStorageBytes: 100 * 2 ** 30,
  maxPods: 110,
  info: {
    architecture: 'amd64',
    bootID: 'boot',
    kernelVersion: '6.18',
    machineID: 'machine',
    operatingSystem: 'linux',
    osImage: 'Debian GNU/Linux 12 (bookworm)',
    systemUUID: 'system',
  },
  internalIps: ['192.0.2.10'],
};

export const container = (name = 'app', more: Partial<Container> = {}): Container => ({
  name,
  image: 'example/app:1',
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

export async function createTestNode(): Promise<TestNode> {
  const time = createVirtualTime();
  const random = createSeededRandom(7);
  const api = createFakeApi({ time, random: random.fork() });
  const files = createMemoryNodeFiles();
  const runtime = createSimulatedRuntime({ time, random: random.fork(), options: { logs: files } });
  const deps = {
    client: api,
    runtime,
    files,
    prober: createAnsweringProber(runtime.answer),
    time,
    random,
    logger: silentLogger,
  };
  const make = (): Kubelet => {
    const informers = createInformerFactory({ client: api, time, random, logger: silentLogger }, { freeze: true });
    return createKubelet({ ...deps, informers }, { nodeName: 'node1', facts: testFacts, clusterDns: ['10.96.0.10'] });
  };
  const kubelet = make();
  const pod = (name: string): Pod | undefined => api.store.get(pods, `default/${name}`) as Pod | undefined;
  const node: TestNode = {
    time,
    api,
    runtime,
    files,
    kubelet,
    restarted: make,
    run: (name, spec) =>
      api.resource(pods).create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', labels: { app: name } },
        spec: { nodeName: 'node1', containers: [container()], ...spec },
      }),
    pod,
    async until(name, condition, limitMs, what) {
      const holds = (): boolean => {
        const found = pod(name);
        return found !== undefined && condition(found);
      };
      await time.advanceUntil(holds, limitMs, what);
      return pod(name) as Pod;
    },
    events: () => api.store.list(events).map((event) => `${(event as Event).reason}: ${(event as Event).message}`),
  };
  await time.settle();
  const starting = kubelet.start();
  await time.advance(500);
  await starting;
  return node;
}
