import { createDirectTransport, type NodeDialer } from '@trireme/apiserver';
import { CodedError } from '@trireme/base';
import { type ApiClient, createApiClient } from '@trireme/client';
import {
  type ContainerRuntime,
  type HttpHandler,
  type HttpTransport,
  type Random,
  sleep,
  type Time,
} from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { MemberOptions } from '@trireme/store';
import { addressPlan, checkSize } from './address-plan.ts';
import { applyManifest } from './apply-manifest.ts';
import { type ClusterMember, createClusterMember, memberName } from './cluster-member.ts';
import { type ClusterNode, createClusterNode, type InnerNode } from './cluster-node.ts';
import { createDrivenClient } from './driven-client.ts';
import { createFailover } from './failover.ts';
import { identities } from './identities.ts';
import { createLifetime } from './lifetime.ts';
import { createWaitFor, type WaitFor } from './wait-for.ts';
import { whenSettled } from './when-settled.ts';
import type { ClusterWorld, NodeCapacity } from './world.ts';

export interface ClusterOptions {
  readonly members: number;
  readonly nodes: number;
  /** Of each node. */
  readonly capacity: NodeCapacity;
  /** What verifies the API, published to every namespace. */
  readonly rootCa: string;
  readonly store: Partial<MemberOptions>;
}

/** A cluster in this process. */
export interface Cluster<R extends ContainerRuntime = ContainerRuntime> extends AsyncDisposable {
  /** The API as an administrator. Its calls make virtual time pass until they are answered. */
  readonly client: ApiClient;
  /** The same as a transport, for code under test that brings its own client. It leaves time to others. */
  readonly transport: HttpTransport;
  /** All members as one server: a request goes to one that runs. */
  readonly handler: HttpHandler;
  readonly members: readonly ClusterMember[];
  readonly nodes: readonly ClusterNode<R>[];
  /** The clock that everything in it runs on. */
  readonly time: Time;
  /** Randomness for code under test: on a virtual clock the seed decides it too. */
  readonly random: Random;
  /** The member that leads the store now. */
  leader(): ClusterMember | undefined;
  /** Adds a node at the end of `nodes`; resolves when it is registered. */
  addNode(): Promise<ClusterNode<R>>;
  /** Server-side applies every object of a YAML text, and returns them as stored. */
  apply(manifest: string): Promise<readonly ApiObject[]>;
  /**
   * Asks again and again until the answer is neither undefined, null, false nor a refusal by the API, and returns it.
   * Rejects with a CodedError 'timeout' that says `what` did not come.
   */
  readonly waitFor: WaitFor;
  /** Lets `ms` pass on the cluster's clock. */
  sleep(ms: number): Promise<void>;
  /** Makes virtual time pass until the work has settled; on a real clock this is the work. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Ends everything at once; nothing of the cluster is left, no timer and no socket. */
  stop(): Promise<void>;
}

/** Raises a cluster in the given world; resolves when its nodes are ready and pods can be created. */
export async function composeCluster<R extends ContainerRuntime>(
  world: ClusterWorld<R>,
  options: ClusterOptions,
): Promise<Cluster<R>> {
  checkSize(options.members, options.nodes);
  const nodes: InnerNode<R>[] = [];
  const members = createMembers(world, options, (name) => nodes.find((node) => node.name === name)?.kubelet);
  const addNode = async (): Promise<ClusterNode<R>> => {
    const position = nodes.length;
    const api = createFailover(members, position);
    const node = createClusterNode(world, api, { name: `node-${position + 1}`, position, capacity: options.capacity });
    nodes.push(node);
    await node.start();
    return node;
  };
  const cluster = createFace(world, members, nodes, addNode);
  try {
    await Promise.all(members.map((member) => member.restart()));
    await Promise.all(Array.from({ length: options.nodes }, addNode));
    await cluster.waitFor('a cluster that is ready', () => whenSettled(cluster.client, options.nodes), {
      timeoutMs: 60_000,
    });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

function createMembers<R extends ContainerRuntime>(
  world: ClusterWorld<R>,
  { members, rootCa, store }: ClusterOptions,
  kubeletOf: (nodeName: string) => HttpTransport | undefined,
): readonly ClusterMember[] {
  const dialNode: NodeDialer = (nodeName) => {
    const kubelet = kubeletOf(nodeName);
    if (!kubelet) throw new CodedError('unreachable', `reach the kubelet of ${nodeName}: there is no such node.`);
    return kubelet;
  };
  const peers = Array.from({ length: members }, (_, position) => ({
    id: BigInt(position + 1),
    url: `https://${addressPlan.memberIp(position)}:2380`,
    name: memberName(position),
  }));
  return peers.map((_, position) => createClusterMember(world, dialNode, { position, peers, rootCa, store }));
}

function createFace<R extends ContainerRuntime>(
  world: ClusterWorld<R>,
  members: readonly ClusterMember[],
  nodes: readonly InnerNode<R>[],
  addNode: () => Promise<ClusterNode<R>>,
): Cluster<R> {
  const { time, drive } = world;
  const handler = createFailover(members);
  const transport = createDirectTransport(handler, identities.admin);
  const client = createDrivenClient(createApiClient(transport, { time }), drive);
  const life = createLifetime(time, 'the cluster');
  const pass = (ms: number): Promise<void> => drive(life.during(sleep(time, ms)));
  const stop = async (): Promise<void> => {
    for (const node of nodes) node.end();
    for (const member of members) member.kill();
    life.end();
  };
  return {
    client,
    transport,
    handler,
    members,
    nodes,
    time,
    random: world.random('code under test'),
    leader: () => members.find((member) => member.isLeader()),
    addNode,
    apply: (manifest) => applyManifest(client, manifest),
    waitFor: createWaitFor(time, pass),
    sleep: pass,
    run: drive,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
