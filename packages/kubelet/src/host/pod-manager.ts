import { messageOf } from '@trireme/base';
import type { Informer } from '@trireme/client';
import { sleep } from '@trireme/ports';
import type { Pod } from '@trireme/schema/types/core/v1';
import { podUid } from '../identity.ts';
import type { Reason } from '../memory.ts';
import { admissionProblem } from '../node-admission.ts';
import { podsDirectory } from '../pod-paths.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { defaultLogLimits, rotateLog } from './log-rotation.ts';
import { createPodWorker, type PodWorker } from './pod-worker.ts';
import type { PodIdentity } from './runtime-view.ts';

/** One worker per pod: those the API has for this node, and those the runtime still has of it. */
export interface PodManager {
  /** Begins once the API and the runtime have both been heard. */
  start(): Promise<void>;
  find(namespace: string, name: string, uid?: string): PodWorker | undefined;
  list(): readonly PodWorker[];
  stop(): Promise<void>;
}

export interface PodManagerOptions {
  readonly relistMs: number;
  readonly volumeRefreshMs: number;
  readonly housekeepingMs: number;
}

export function createPodManager(
  context: KubeletContext,
  informer: Informer<Pod>,
  whenReady: () => Promise<void>,
  options: PodManagerOptions,
): PodManager {
  const { time, random, runtime, files, logger } = context.deps;
  const workers = new Map<string, PodWorker>();
  /** Pods that the node as we last saw it would refuse, by their uids, until it has been read anew. */
  const doubtful = new Map<string, Pod>();
  const controller = new AbortController();
  const loops: Promise<void>[] = [];
  let leave: () => void = () => undefined;

  const add = (pod: Pod, gone: boolean, failure?: Reason): PodWorker => {
    const uid = podUid(pod);
    const worker = createPodWorker(context, { pod, gone, failure, onRemoved: () => workers.delete(uid) });
    workers.set(uid, worker);
    worker.wake();
    return worker;
  };

  const isSettled = (pod: Pod): boolean => pod.status?.startTime !== undefined || isKnown(podUid(pod));

  /** The others that hold resources here, also those that this kubelet has yet to take up after its start. */
  const activeBeside = (pod: Pod): readonly Pod[] =>
    informer.lister.list().filter((other) => {
      if (podUid(other) === podUid(pod)) return false;
      const worker = workers.get(podUid(other));
      const ended = other.status?.phase === 'Failed' || other.status?.phase === 'Succeeded';
      return worker ? worker.active : isSettled(other) && !ended;
    });

  /** Pods that run already, or ran, are not asked whether they may: a kubelet's restart must not touch them. */
  const admit = (pod: Pod): Reason | undefined => {
    const node = context.node();
    if (!node || pod.metadata.deletionTimestamp || isSettled(pod)) return undefined;
    return admissionProblem(pod, activeBeside(pod), node);
  };

  /** The scheduler may have bound a pod by labels that this kubelet has not seen yet, and a refusal is for ever. */
  const askAgain = async (uid: string): Promise<void> => {
    await context.refreshNode().catch((error: unknown) => {
      logger.log('warn', 'a pod is judged by the node as it was', { error: messageOf(error) });
    });
    const pod = doubtful.get(uid);
    doubtful.delete(uid);
    if (!pod || controller.signal.aborted) return;
    const problem = admit(pod);
    if (problem) context.recorder.event(pod, 'Warning', problem.reason, problem.message);
    add(pod, false, problem);
  };

  const isKnown = (uid: string): boolean => context.view.pods().some((identity) => identity.uid === uid);

  const onPod = (pod: Pod): void => {
    const uid = podUid(pod);
    const known = workers.get(uid);
    if (known) known.update(pod, false);
    else if (doubtful.has(uid)) doubtful.set(uid, pod);
    else if (admit(pod)) {
      doubtful.set(uid, pod);
      void askAgain(uid);
    } else add(pod, false);
  };

  const onDeleted = (pod: Pod): void => {
    doubtful.delete(podUid(pod));
    workers.get(podUid(pod))?.update(pod, true);
  };

  /** What runs without a pod in the API was deleted while this kubelet was away. */
  const adoptOrphans = (): void => {
    for (const identity of context.view.pods()) {
      if (!workers.has(identity.uid)) add(orphanPod(identity), true);
    }
  };

  const removeStrayDirectories = async (): Promise<void> => {
    for (const uid of await files.list(podsDirectory(context.settings))) {
      if (!workers.has(uid) && !isKnown(uid)) await context.volumes.removePod(uid);
    }
  };

  const rotateLogs = async (): Promise<void> => {
    for (const { uid } of context.view.pods()) {
      for (const container of (await context.view.known(uid))?.containers ?? []) {
        if (container.state !== 'running' || !container.logPath.startsWith('/')) continue;
        await rotateLog({ runtime, files }, container, defaultLogLimits, time.now());
      }
    }
  };

  const every = async (periodMs: number, what: string, task: () => Promise<void>): Promise<void> => {
    for (;;) {
      await sleep(time, periodMs, controller.signal);
      if (controller.signal.aborted) return;
      await task().catch((error: unknown) => logger.log('warn', `${what} failed`, { error: messageOf(error) }));
    }
  };

  const relist = async (): Promise<void> => {
    for (const uid of await context.view.relist()) workers.get(uid)?.wake();
  };

  const followEvents = async (): Promise<void> => {
    while (runtime.events && !controller.signal.aborted) {
      try {
        for await (const _event of runtime.events(controller.signal)) await relist();
      } catch (error) {
        logger.log('debug', 'events of the runtime ended', { error: messageOf(error) });
      }
      await sleep(time, 1000, controller.signal);
    }
  };

  const refreshVolumes = async (): Promise<void> => {
    for (const worker of [...workers.values()]) {
      await worker.refreshVolumes().catch((error: unknown) => {
        context.recorder.event(worker.pod, 'Warning', 'FailedMount', messageOf(error));
      });
    }
  };

  const firstRelist = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      try {
        await context.view.relist();
        return;
      } catch (error) {
        logger.log('warn', 'the container runtime does not answer; it is tried again', { error: messageOf(error) });
        await sleep(time, 1000, controller.signal);
      }
    }
  };

  return {
    async start() {
      await Promise.all([informer.whenSynced(), whenReady(), firstRelist()]);
      if (controller.signal.aborted) return;
      leave = informer.subscribe({ added: onPod, updated: onPod, deleted: onDeleted });
      adoptOrphans();
      // Not in step with the other nodes, which were perhaps started at the same moment.
      const refreshMs = options.volumeRefreshMs * (0.9 + 0.2 * random.float());
      loops.push(
        every(options.relistMs, 'listing what runs', relist),
        every(refreshMs, 'refreshing volumes', refreshVolumes),
        every(options.housekeepingMs, 'housekeeping', async () => {
          adoptOrphans();
          await removeStrayDirectories();
          await rotateLogs();
        }),
        followEvents(),
      );
    },
    find(namespace, name, uid) {
      for (const worker of workers.values()) {
        const { metadata } = worker.pod;
        if (metadata.namespace === namespace && metadata.name === name && (!uid || worker.uid === uid)) return worker;
      }
      return undefined;
    },
    list: () => [...workers.values()],
    async stop() {
      controller.abort();
      leave();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      await Promise.all(loops);
    },
  };
}

/** As much of a pod as its labels in the runtime tell; enough to end it. */
function orphanPod({ uid, name, namespace, containerNames }: PodIdentity): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid },
    spec: { containers: containerNames.map((container) => ({ name: container })), terminationGracePeriodSeconds: 1 },
  };
}
