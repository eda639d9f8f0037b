import { equalJson, messageOf } from '@trireme/base';
import type { Timer } from '@trireme/ports';
import type { Pod, PodStatus } from '@trireme/schema/types/core/v1';
import { describePod, isSidecar, podUid } from '../identity.ts';
import { emptyMemory, type PodMemory, type Reason, withVerdicts } from '../memory.ts';
import { emptyObservation, type ObservedPod } from '../observed.ts';
import type { PodAction } from '../pod-action.ts';
import { reportedVerdicts } from '../probe-state.ts';
import { type SyncInput, type SyncPlan, statusOnly, syncPod } from '../sync-pod.ts';
import { performAction } from './actions/perform-action.ts';
import { downwardFacts, type KubeletContext } from './kubelet-context.ts';
import { createProbeRunner } from './probe-runner.ts';

/** Drives one pod: observes, plans, acts, one thing at a time, until there is nothing to do. */
export interface PodWorker {
  readonly uid: string;
  readonly pod: Pod;
  /** As computed last; the API may still have an older one. */
  readonly status: PodStatus | undefined;
  /** It holds resources of the node: neither finished nor refused. */
  readonly active: boolean;
  /** The API's newest version; `gone` once it has none. */
  update(pod: Pod, gone: boolean): void;
  /** Something may have changed in the runtime. */
  wake(): void;
  refreshVolumes(): Promise<void>;
  /** Ends the worker, not the pod: containers go on. Resolves once nothing is done any more. */
  stop(): Promise<void>;
}

export interface PodWorkerOptions {
  readonly pod: Pod;
  readonly gone: boolean;
  /** The pod is refused by this node. */
  readonly failure: Reason | undefined;
  /** Nothing of the pod is left. */
  onRemoved(): void;
}

const retryMs = 1000;
const maxRetryMs = 10_000;
const firstLookMs = 25;
const slowestLookMs = 1000;

export function createPodWorker(context: KubeletContext, options: PodWorkerOptions): PodWorker {
  const { time, logger } = context.deps;
  let { pod, gone } = options;
  let memory: PodMemory = { ...emptyMemory, failure: options.failure, verdicts: reportedVerdicts(pod.status) };
  let observed: ObservedPod = emptyObservation(podUid(pod), pod.metadata.name, pod.metadata.namespace ?? '');
  let ended = false;
  let dirty = false;
  let stopped = false;
  let removed = false;
  let failures = 0;
  let lookMs = 0;
  let running: Promise<void> | undefined;
  let timer: Timer | undefined;
  let controller = new AbortController();
  const begunKills = new Set<string>();

  const inputNow = (): SyncInput => ({
    pod,
    gone,
    observed,
    memory,
    nowMs: time.now(),
    runtimeName: context.view.runtimeName,
    hostIps: context.hostIps,
  });

  const probes = createProbeRunner(
    context,
    (containerId) => memory.verdicts[containerId],
    (containerId, kind, verdict) => {
      memory = withVerdicts(memory, containerId, { [kind]: verdict });
      // The status goes out at once, also while a long action holds the worker.
      if (!gone && memory.status) {
        memory = { ...memory, status: statusOnly(inputNow()) };
        context.statuses.set(pod, memory.status ?? {});
      }
      wake();
    },
  );

  const act = async (actions: readonly PodAction[]): Promise<void> => {
    const { signal } = controller;
    for (const action of actions) {
      if (stopped || signal.aborted) return;
      const remember = await performAction(context, { pod, observed, signal, begunKills }, action);
      memory = remember(memory);
      if (action.type === 'remove-pod') removed = true;
    }
  };

  const turn = async (): Promise<SyncPlan> => {
    const uid = podUid(pod);
    const seen = await context.view.observe(uid);
    observed = seen ?? emptyObservation(uid, pod.metadata.name, pod.metadata.namespace ?? '');
    // Planning is one synchronous step, so nothing that is remembered meanwhile can be overwritten.
    let plan = syncPod(inputNow());
    memory = plan.memory;
    ended = plan.ending !== undefined;
    probes.sync(pod, observed, podIp(), ended);
    if (!gone) context.statuses.set(pod, plan.status);
    await act(plan.actions);
    // Volumes change nothing in the runtime, so the plan goes on from the same observation.
    if (plan.actions.length === 1 && plan.actions[0]?.type === 'mount-volumes' && !controller.signal.aborted) {
      plan = syncPod(inputNow());
      memory = plan.memory;
      await act(plan.actions);
    }
    return plan;
  };

  const podIp = (): string => {
    if (pod.spec.hostNetwork) return context.hostIps[0] ?? '';
    return observed.sandboxes[0]?.ips[0] ?? '';
  };

  const loop = async (): Promise<void> => {
    while (dirty && !stopped && !removed) {
      dirty = false;
      timer?.cancel();
      controller = new AbortController();
      try {
        const plan = await turn();
        failures = 0;
        if (plan.actions.some(({ type }) => changesWorld(type))) dirty = true;
        else requeueFor(plan);
      } catch (error) {
        const delayMs = Math.min(maxRetryMs, retryMs * 2 ** failures++);
        logger.log('warn', 'syncing a pod failed; it is tried again', {
          pod: describePod(pod),
          error: messageOf(error),
        });
        if (!dirty) requeue(delayMs);
      }
    }
  };

  // What may end any moment and is waited for is looked at more often than the relist does, first soon, then later.
  const requeueFor = (plan: SyncPlan): void => {
    const sooner = awaitsEnd(pod, observed) && !ended;
    lookMs = sooner ? Math.min(slowestLookMs, lookMs === 0 ? firstLookMs : 2 * lookMs) : 0;
    const delays = [...(sooner ? [lookMs] : []), ...(plan.requeueAfterMs === undefined ? [] : [plan.requeueAfterMs])];
    if (delays.length > 0) requeue(Math.min(...delays));
  };

  const requeue = (delayMs: number): void => {
    timer?.cancel();
    timer = time.after(delayMs, wake);
  };

  const wake = (): void => {
    dirty = true;
    if (running || stopped || removed) return;
    running = loop().finally(() => {
      running = undefined;
      if (removed) {
        probes.stop();
        timer?.cancel();
        options.onRemoved();
      } else if (dirty) wake();
    });
  };

  return {
    get uid() {
      return podUid(pod);
    },
    get pod() {
      return pod;
    },
    get status() {
      return memory.status;
    },
    get active() {
      const phase = memory.status?.phase ?? pod.status?.phase;
      return !memory.failure && phase !== 'Failed' && phase !== 'Succeeded';
    },
    update(next, isGone) {
      const quiet = gone === isGone && memory.status !== undefined && sameButStatus(pod, next);
      const urgent = endsSooner(pod, gone, next, isGone);
      pod = next;
      gone = isGone;
      // What is being done (a pull, a hook, a long grace period) is not waited for any more.
      if (urgent) controller.abort();
      if (!quiet || isEnded(next.status?.phase) !== isEnded(memory.status?.phase)) return wake();
      // Mostly the echo of our own status; otherwise a condition of someone else's, or a status to be put right.
      memory = { ...memory, status: statusOnly(inputNow()) };
      context.statuses.set(pod, memory.status ?? {});
    },
    wake,
    async refreshVolumes() {
      if (!memory.volumesMounted || ended || stopped) return;
      await context.volumes.refresh(pod, downwardFacts(context, observed.sandboxes[0]?.ips ?? []));
    },
    async stop() {
      stopped = true;
      probes.stop();
      timer?.cancel();
      controller.abort();
      await running;
    },
  };
}

/** An init container runs, and everything else waits for its end. */
function awaitsEnd(pod: Pod, observed: ObservedPod): boolean {
  const names = (pod.spec.initContainers ?? []).filter((init) => !isSidecar(init)).map(({ name }) => name);
  return observed.containers.some(({ name, state }) => state === 'running' && names.includes(name));
}

function changesWorld(type: PodAction['type']): boolean {
  // After the delete the API says what comes next.
  return type !== 'event' && type !== 'delete-pod';
}

const isEnded = (phase: string | undefined): boolean => phase === 'Failed' || phase === 'Succeeded';

function sameButStatus(old: Pod, next: Pod): boolean {
  const comparable = ({ spec, metadata }: Pod) => ({
    spec,
    metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined },
  });
  return equalJson(comparable(old), comparable(next));
}

function endsSooner(old: Pod, oldGone: boolean, next: Pod, nextGone: boolean): boolean {
  if (nextGone !== oldGone) return true;
  if (next.metadata.deletionTimestamp && !old.metadata.deletionTimestamp) return true;
  const [before, after] = [old.metadata.deletionGracePeriodSeconds, next.metadata.deletionGracePeriodSeconds];
  return before !== undefined && after !== undefined && after < before;
}
