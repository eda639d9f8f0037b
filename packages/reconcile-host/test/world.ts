import { createInformerFactory } from '@trireme/client';
import { createFakeApi, type FakeApi } from '@trireme/client/testing';
import { createControllers } from '@trireme/controllers';
import { type Logger, sleep } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import {
  configmaps,
  deployments,
  endpoints,
  endpointslices,
  leases,
  namespaces,
  nodes,
  pods,
  replicasets,
  serviceaccounts,
  services,
} from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime, type SeededRandom, type VirtualTime } from '@trireme/testkit';
import { createReconcileHost, type ReconcileHost } from '../src/index.ts';
import { createLaggingClient } from './lagging-client.ts';

export interface World {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly api: FakeApi;
  readonly host: ReconcileHost;
  /** Another member takes over: the host stops, and a new one starts from nothing but what the server has. */
  failOver(): Promise<void>;
  /** Errors that were logged: none are expected. */
  readonly problems: readonly unknown[];
  /** Lets a request through while time moves on. */
  ask<T>(request: Promise<T>): Promise<T>;
  pods(namespace?: string): readonly Pod[];
  /** Nodes whose kubelets are dead. */
  readonly deadNodes: Set<string>;
}

const resources = [
  configmaps,
  deployments,
  endpoints,
  endpointslices,
  leases,
  namespaces,
  nodes,
  pods,
  replicasets,
  serviceaccounts,
  services,
];

/**
 * All controllers over the fake API, with requests that take time and watches that lag; and in place of a scheduler and
 * kubelets a few lines that place pods, make them ready and remove them.
 */
export async function createWorld(seed: number, nodeNames: readonly string[]): Promise<World> {
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  const problems: unknown[] = [];
  const logger: Logger = {
    with: () => logger,
    log: (level, message, fields) => level === 'error' && problems.push([message, fields]),
  };
  const api = createFakeApi({ time, random });
  const lagging = createLaggingClient(api, time, random.fork(), 100);
  const begin = () => {
    const informers = createInformerFactory({ client: lagging, time, random, logger }, { freeze: true });
    const controllers = createControllers({
      resources,
      rootCa: 'the CA',
      nodeIpam: { clusterCidrs: ['10.244.0.0/16'] },
    });
    return { informers, host: createReconcileHost({ client: api, informers, time, random, logger, controllers }) };
  };
  let leader = begin();
  const deadNodes = new Set<string>();
  const ask = async <T>(request: Promise<T>): Promise<T> => {
    await time.advance(100);
    return request;
  };
  for (const name of ['default', 'kube-node-lease']) await api.resource(namespaces).create(object('Namespace', name));
  for (const name of nodeNames) startNode(api, time, name, deadNodes);
  await time.advance(10);
  const requests = random.fork();
  api.intercept = ({ verb }) => (verb === 'get' || verb === 'list' ? undefined : sleep(time, requests.float() * 40));
  runPods(api, time, random.fork(), nodeNames, deadNodes);
  await ask(leader.host.start());
  const shown = (namespace?: string): readonly Pod[] =>
    (api.store.list(pods) as readonly Pod[]).filter(({ metadata }) => !namespace || metadata.namespace === namespace);
  const failOver = async (): Promise<void> => {
    leader.informers.stop();
    await ask(leader.host.stop());
    leader = begin();
    await ask(leader.host.start());
  };
  return {
    time,
    random,
    api,
    get host() {
      return leader.host;
    },
    failOver,
    problems,
    ask,
    pods: shown,
    deadNodes,
  };
}

function object<K extends string>(kind: K, name: string, namespace?: string) {
  return { apiVersion: 'v1', kind, metadata: { name, namespace } } as ApiObject & { apiVersion: 'v1'; kind: K };
}

/** A kubelet's heartbeat: the Lease every ten seconds, and a Ready condition when it starts. */
function startNode(api: FakeApi, time: VirtualTime, name: string, deadNodes: ReadonlySet<string>): void {
  const lease = { name, namespace: 'kube-node-lease' };
  const beat = async (): Promise<void> => {
    if (!deadNodes.has(name)) {
      const patch = { type: 'merge', body: { spec: { renewTime: new Date(time.now()).toISOString() } } } as const;
      await api.resource(leases).patch(lease, patch);
      await api.resource(nodes).patch(
        { name },
        { type: 'merge', body: { status: readyStatus(time) } },
        {
          subresource: 'status',
        },
      );
    }
    time.after(10_000, () => void beat());
  };
  void api.resource(nodes).create({ ...object('Node', name), status: readyStatus(time) });
  void api
    .resource(leases)
    .create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease, spec: {} })
    .then(beat);
}

function readyStatus(time: VirtualTime) {
  const now = new Date(time.now()).toISOString();
  return { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now }] };
}

function runPods(
  api: FakeApi,
  time: VirtualTime,
  random: SeededRandom,
  nodeNames: readonly string[],
  deadNodes: ReadonlySet<string>,
): void {
  let addresses = 1;
  const client = api.resource(pods);
  const start = async ({ name, namespace = '' }: Pod['metadata']): Promise<void> => {
    const alive = nodeNames.filter((node) => !deadNodes.has(node));
    await client.createSubresource({ name, namespace }, 'binding', { target: { name: random.pick(alive) } });
    await sleep(time, 500 + random.float() * 2000);
    const now = new Date(time.now()).toISOString();
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
    const podIP = `10.0.0.${addresses++}`;
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions };
    await client.patch({ name, namespace }, { type: 'merge', body: { status } }, { subresource: 'status' });
  };
  const end = async ({ name, namespace = '', uid }: Pod['metadata']): Promise<void> => {
    await sleep(time, random.float() * 3000);
    await client.delete({ name, namespace }, { gracePeriodSeconds: 0, uid });
  };
  const watch = async (): Promise<void> => {
    for await (const { type, object: pod } of client.watch({ resourceVersion: '0' })) {
      const dead = pod.spec?.nodeName !== undefined && deadNodes.has(pod.spec.nodeName);
      if (type === 'ADDED') start(pod.metadata).catch(() => undefined);
      if (type === 'MODIFIED' && pod.metadata.deletionTimestamp && !dead) end(pod.metadata).catch(() => undefined);
    }
  };
  void watch();
}
