import { isStatus, parseTime } from '@trireme/api-machinery';
import { equalJson, messageOf } from '@trireme/base';
import type { EventRecorder } from '@trireme/client';
import { sleep } from '@trireme/ports';
import { nodes } from '@trireme/schema/resources';
import type { Node, NodeStatus } from '@trireme/schema/types/core/v1';
import { comparableNodeStatus, type NodeSettings, newNode, nodeLabels, nodeStatus } from '../../node-status.ts';
import type { KubeletDeps } from '../kubelet-options.ts';
import { withDeadline } from '../with-deadline.ts';

/** Keeps the node's object: makes it, keeps its labels true, and reports its status at a change and every few minutes. */
export interface NodeRegistrar {
  /** As last written or read. */
  readonly node: Node | undefined;
  /** Reads the node anew, labels and all, without waiting for the next report. */
  refresh(): Promise<void>;
  /** Resolves once the node is registered. */
  whenRegistered(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const checkMs = 10_000;
const retryMs = 1000;
const maxRetryMs = 7000;

export function createNodeRegistrar(
  deps: KubeletDeps,
  settings: NodeSettings,
  recorder: EventRecorder,
  reportMs: number,
): NodeRegistrar {
  const { client, runtime, time, logger } = deps;
  const resource = client.resource(nodes);
  const controller = new AbortController();
  const { promise: registered, resolve: onRegistered } = Promise.withResolvers<void>();
  let node: Node | undefined;
  let told: string | undefined;
  let reportedMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const observe = async (): Promise<NodeStatus> => {
    const down = (error: unknown): undefined => {
      logger.log('warn', 'the container runtime does not answer', { error: messageOf(error) });
      return undefined;
    };
    const [runtimeVersion, runtimeConditions, images] = await Promise.all([
      runtime.version().catch(down),
      runtime.status().catch(() => []),
      runtime.listImages().catch(() => []),
    ]);
    const nowMs = time.now();
    return nodeStatus(settings, { nowMs, runtimeVersion, runtimeConditions, images, previous: node?.status });
  };

  const read = async (): Promise<Node> => {
    try {
      return await withDeadline(time, 'read the node', (signal) =>
        resource.get({ name: settings.nodeName }, { signal }),
      );
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
      logger.log('info', 'registering the node', { node: settings.nodeName });
      const fresh = newNode(settings, await observe());
      return withDeadline(time, 'register the node', (signal) => resource.create(fresh, { signal }));
    }
  };

  const withLabels = async (current: Node): Promise<Node> => {
    const wanted = nodeLabels(settings);
    const labels = current.metadata.labels ?? {};
    if (Object.entries(wanted).every(([key, value]) => labels[key] === value)) return current;
    const body = { metadata: { labels: wanted } };
    return withDeadline(time, 'label the node', (signal) =>
      resource.patch({ name: settings.nodeName }, { type: 'merge', body }, { signal }),
    );
  };

  const tellReadiness = (reported: Node): void => {
    const ready = reported.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (ready === told) return;
    told = ready;
    const reason = ready === 'True' ? 'NodeReady' : 'NodeNotReady';
    // Upstream names a node as its own uid in events, and kubectl describe looks for that.
    const reference = { apiVersion: 'v1', kind: 'Node', name: settings.nodeName, uid: settings.nodeName };
    recorder.event(reference, 'Normal', reason, `Node ${settings.nodeName} status is now: ${reason}`);
  };

  const report = async (): Promise<void> => {
    const current = await withLabels(await read());
    node = current;
    const status = await observe();
    const same = equalJson(ownPart(current.status), ownPart(merged(current, status).status));
    if (!same || time.now() - lastHeartbeatMs(current) >= reportMs || reportedMs === Number.NEGATIVE_INFINITY) {
      node = await withDeadline(time, 'report the node', (signal) =>
        resource.update(merged(current, status), { subresource: 'status', signal }),
      );
      reportedMs = time.now();
      tellReadiness(node);
    }
    onRegistered();
  };

  const loop = async (): Promise<void> => {
    for (let failures = 0; !controller.signal.aborted; ) {
      try {
        await report();
        failures = 0;
      } catch (error) {
        failures++;
        logger.log('warn', 'reporting the node failed; it is tried again', { error: messageOf(error) });
      }
      const delayMs = failures === 0 ? checkMs : Math.min(maxRetryMs, retryMs * failures);
      await sleep(time, delayMs, controller.signal);
    }
  };

  return {
    get node() {
      return node;
    },
    async refresh() {
      node = await read();
    },
    whenRegistered: () => registered,
    start() {
      running ??= loop();
    },
    async stop() {
      controller.abort();
      onRegistered();
      await running;
    },
  };
}

function ownPart(status: NodeStatus | undefined): NodeStatus {
  return comparableNodeStatus(status ?? {});
}

function lastHeartbeatMs({ status }: Node): number {
  return parseTime(status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime) ?? 0;
}

/** Conditions that others put there (NetworkUnavailable, a problem detector's) stay. */
function merged(current: Node, status: NodeStatus): Node {
  const own = new Set((status.conditions ?? []).map(({ type }) => type));
  const others = (current.status?.conditions ?? []).filter(({ type }) => !own.has(type));
  return {
    ...current,
    status: { ...current.status, ...status, conditions: [...others, ...(status.conditions ?? [])] },
  };
}
