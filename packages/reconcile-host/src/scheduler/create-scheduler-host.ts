import { getCondition, isStatus, timeText } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import type { ApiClient, EventRecorder, InformerFactory } from '@trireme/client';
import type { Logger, Random, Time, Timer } from '@trireme/ports';
import { createSchedulingQueue, defaultPlugins, type Plugin, schedule } from '@trireme/scheduler';
import { nodes, pods } from '@trireme/schema/resources';
import type { Binding, Node, Pod, PodCondition } from '@trireme/schema/types/core/v1';
import { createClusterCache, isFinished, keyOfPod } from './cluster-cache.ts';

/** Places the pods of a cluster: watches, decides one pod at a time, and binds concurrently. */
export interface SchedulerHost {
  start(): Promise<void>;
  /** Decides nothing more. Bindings under way end by themselves. */
  stop(): void;
  readonly metrics: SchedulerMetrics;
}

export interface SchedulerMetrics {
  readonly placed: number;
  readonly refused: number;
  readonly failed: number;
  readonly waiting: number;
}

export interface SchedulerHostDeps {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface SchedulerHostOptions {
  /** Pods that name another scheduler are left alone. */
  readonly schedulerName?: string;
  readonly plugins?: readonly Plugin[];
}

/** Pods decided in one turn of the event loop, so that a flood of pods does not hold it. */
const decisionsPerTurn = 20;

export function createSchedulerHost(deps: SchedulerHostDeps, options: SchedulerHostOptions = {}): SchedulerHost {
  const { time, random, logger, events } = deps;
  const { schedulerName = 'default-scheduler', plugins = defaultPlugins } = options;
  const podInformer = deps.informers.informer(pods);
  const nodeInformer = deps.informers.informer(nodes);
  const podClient = deps.client.resource(pods);
  const cache = createClusterCache();
  const queue = createSchedulingQueue();
  const waiting = new Map<string, Pod>();
  const counts = { placed: 0, refused: 0, failed: 0 };
  const leave: (() => void)[] = [];
  let running = false;
  let timer: Timer | undefined;

  const isOurs = (pod: Pod): boolean =>
    !pod.spec.nodeName &&
    !isFinished(pod) &&
    !pod.metadata.deletionTimestamp &&
    (pod.spec.schedulerName || 'default-scheduler') === schedulerName;
  const isGated = (pod: Pod): boolean => (pod.spec.schedulingGates ?? []).length > 0;

  const arm = (): void => {
    timer?.cancel();
    const nextAtMs = queue.nextAtMs();
    if (!running || nextAtMs === undefined) return;
    timer = time.after(Math.max(0, nextAtMs - time.monotonic()), turn);
  };
  const turn = (): void => {
    for (let i = 0; i < decisionsPerTurn && running; i++) {
      const key = queue.pop(time.monotonic());
      if (key === undefined) break;
      const pod = waiting.get(key);
      if (pod) decide(key, pod);
      else queue.remove(key);
    }
    arm();
  };
  const changed = (): void => {
    queue.changed(time.monotonic());
    arm();
  };

  const decide = (key: string, pod: Pod): void => {
    const decision = schedule(pod, cache.nodes(), plugins, random.float());
    if (decision.type === 'placed') {
      cache.assume(pod, decision.node);
      void bind(key, pod, decision.node);
      return;
    }
    counts.refused += 1;
    queue.refused(key, time.monotonic());
    events.event(pod, 'Warning', 'FailedScheduling', decision.message);
    void noteUnschedulable(pod, decision.message);
  };

  const bind = async (key: string, pod: Pod, nodeName: string): Promise<void> => {
    const { name, namespace, uid } = pod.metadata;
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: nodeName },
    };
    try {
      await podClient.createSubresource({ name, namespace }, 'binding', binding);
      counts.placed += 1;
      events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
    } catch (error) {
      cache.forget(pod);
      // Gone, or bound by somebody else: the informer tells the rest.
      if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) return;
      counts.failed += 1;
      logger.log('warn', 'binding failed', { pod: `${namespace}/${name}`, node: nodeName, error: messageOf(error) });
      queue.failed(key, time.monotonic());
      arm();
    }
  };

  const noteUnschedulable = async (pod: Pod, message: string): Promise<void> => {
    const known = getCondition<PodCondition>(pod.status?.conditions, 'PodScheduled');
    if (known?.status === 'False' && known.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: known?.status === 'False' ? (known.lastTransitionTime ?? null) : timeText(time.now()),
    };
    const { name, namespace, uid } = pod.metadata;
    try {
      const body = { metadata: { uid: uid ?? null }, status: { conditions: [condition] } };
      await podClient.patch({ name, namespace }, { type: 'strategic', body }, { subresource: 'status' });
    } catch (error) {
      logger.log('debug', 'noting that a pod waits failed', { pod: `${namespace}/${name}`, error: messageOf(error) });
    }
  };

  const onPod = (pod: Pod, old: Pod | undefined): void => {
    const key = keyOfPod(pod);
    if (isOurs(pod) && !isGated(pod)) {
      waiting.set(key, pod);
      // What only the status says is our own doing: trying again at once would go round in circles.
      if (!old || old.metadata.generation !== pod.metadata.generation || isGated(old)) {
        queue.add(key, pod.spec.priority ?? 0, time.monotonic());
      }
    } else {
      waiting.delete(key);
      queue.remove(key);
    }
    cache.setPod(pod);
    if (old && !isFinished(old) && isFinished(pod)) changed();
    arm();
  };
  const onPodGone = (pod: Pod): void => {
    const key = keyOfPod(pod);
    waiting.delete(key);
    queue.remove(key);
    cache.removePod(pod);
    changed();
  };
  const onNode = (node: Node): void => {
    cache.setNode(node);
    changed();
  };

  return {
    get metrics() {
      return { ...counts, waiting: queue.size };
    },
    async start() {
      await Promise.all([podInformer.whenSynced(), nodeInformer.whenSynced()]);
      running = true;
      const nodeHandler = {
        added: onNode,
        updated: onNode,
        deleted: (node: Node) => cache.removeNode(node.metadata.name),
      };
      leave.push(nodeInformer.subscribe(nodeHandler));
      leave.push(podInformer.subscribe({ added: (pod) => onPod(pod, undefined), updated: onPod, deleted: onPodGone }));
      arm();
    },
    stop() {
      running = false;
      timer?.cancel();
      for (const unsubscribe of leave.splice(0)) unsubscribe();
    },
  };
}
