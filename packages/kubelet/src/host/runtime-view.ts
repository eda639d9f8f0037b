import { hasCode } from '@trireme/base';
import type {
  ContainerRuntime,
  ContainerStatus,
  ContainerSummary,
  NodeFiles,
  PodSandboxStatus,
  PodSandboxSummary,
} from '@trireme/ports';
import { annotations, labels } from '../identity.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from '../observed.ts';
import { readTerminationMessage } from './termination-message.ts';

/** What the runtime has, pod by pod. Lists are cheap; details are asked for once per state of a container. */
export interface RuntimeView {
  /** 'containerd', as ids are written with it; empty until the runtime has answered. */
  readonly runtimeName: string;
  readonly version: RuntimeVersion | undefined;
  /** Lists all that is there. Returns the pods (uids) in which something changed since the last list. */
  relist(): Promise<readonly string[]>;
  /** Lists, and gives one pod with its details. */
  observe(uid: string): Promise<ObservedPod | undefined>;
  /** As of the last list. */
  pods(): readonly PodIdentity[];
  /** As of the last list; for those who serve requests about a pod. */
  known(uid: string): Promise<ObservedPod | undefined>;
}

export type RuntimeVersion = Awaited<ReturnType<ContainerRuntime['version']>>;

export interface PodIdentity {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly containerNames: readonly string[];
}

interface Snapshot {
  readonly sandboxes: ReadonlyMap<string, readonly PodSandboxSummary[]>;
  readonly containers: ReadonlyMap<string, readonly ContainerSummary[]>;
}

export function createRuntimeView(runtime: ContainerRuntime, files: NodeFiles): RuntimeView {
  let snapshot: Snapshot = { sandboxes: new Map(), containers: new Map() };
  let fingerprints = new Map<string, string>();
  let listing: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const changed = new Set<string>();
  const containerDetails = new Map<
    string,
    { readonly state: string; readonly detail: ObservedContainer & { readonly order: number } }
  >();
  const sandboxDetails = new Map<
    string,
    { readonly ready: boolean; readonly detail: ObservedSandbox & { readonly order: number } }
  >();

  let version: RuntimeVersion | undefined;

  const list = async (): Promise<void> => {
    version ??= await runtime.version();
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
    snapshot = { sandboxes: groupByUid(sandboxes), containers: groupByUid(containers) };
    const next = fingerprintsOf(snapshot);
    for (const uid of new Set([...next.keys(), ...fingerprints.keys()])) {
      if (next.get(uid) !== fingerprints.get(uid)) changed.add(uid);
    }
    fingerprints = next;
    dropGone(containerDetails, containers);
    dropGone(sandboxDetails, sandboxes);
  };

  // A list that began before the caller's last action may not show it, so those who come during one share the next.
  const fresh = (): Promise<void> => {
    if (!listing) {
      listing = list().finally(() => {
        listing = undefined;
      });
      return listing;
    }
    queued ??= listing
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return fresh();
      });
    return queued;
  };

  const sandboxDetail = async (
    summary: PodSandboxSummary,
  ): Promise<(ObservedSandbox & { readonly order: number }) | undefined> => {
    const known = sandboxDetails.get(summary.id);
    if (known && known.ready === summary.ready) return known.detail;
    const status = await whereThere(runtime.podSandboxStatus(summary.id));
    if (!status) return undefined;
    const detail = observedSandbox(summary, status);
    // An address may come late; until it has one, a sandbox is asked again.
    if (!detail.ready || detail.hostNetwork || detail.ips.length > 0) {
      sandboxDetails.set(summary.id, { ready: summary.ready, detail });
    }
    return detail;
  };

  const containerDetail = async (
    summary: ContainerSummary,
  ): Promise<(ObservedContainer & { readonly order: number }) | undefined> => {
    const known = containerDetails.get(summary.id);
    if (known?.state === summary.state) return known.detail;
    const status = await whereThere(runtime.containerStatus(summary.id));
    if (!status) return undefined;
    const message = status.state === 'exited' ? await readTerminationMessage(files, status) : '';
    const detail = observedContainer(status, message);
    containerDetails.set(summary.id, { state: status.state, detail });
    return detail;
  };

  const known = async (uid: string): Promise<ObservedPod | undefined> => {
    const sandboxes = snapshot.sandboxes.get(uid) ?? [];
    const containers = snapshot.containers.get(uid) ?? [];
    const [first] = [...sandboxes, ...containers];
    if (!first) return undefined;
    const details = await Promise.all([
      Promise.all(sandboxes.map(sandboxDetail)),
      Promise.all(containers.map(containerDetail)),
    ]);
    return {
      uid,
      name: first.labels[labels.podName] ?? '',
      namespace: first.labels[labels.podNamespace] ?? '',
      sandboxes: newestFirst(details[0].filter((detail) => detail !== undefined)),
      containers: newestFirst(details[1].filter((detail) => detail !== undefined)),
    };
  };

  return {
    get runtimeName() {
      return version?.name ?? '';
    },
    get version() {
      return version;
    },
    async relist() {
      await fresh();
      const uids = [...changed];
      changed.clear();
      return uids;
    },
    async observe(uid) {
      await fresh();
      return known(uid);
    },
    pods: () => identitiesOf(snapshot),
    known,
  };
}

function groupByUid<T extends { readonly labels: Readonly<Record<string, string>> }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const uid = item.labels[labels.podUid];
    // What has no such label was not made by a kubelet.
    if (uid) groups.set(uid, [...(groups.get(uid) ?? []), item]);
  }
  return groups;
}

function fingerprintsOf({ sandboxes, containers }: Snapshot): Map<string, string> {
  const parts = new Map<string, string[]>();
  const add = (uid: string, text: string): void => void parts.set(uid, [...(parts.get(uid) ?? []), text]);
  for (const [uid, group] of sandboxes) for (const { id, ready } of group) add(uid, `${id}=${ready}`);
  for (const [uid, group] of containers) for (const { id, state } of group) add(uid, `${id}=${state}`);
  return new Map([...parts].map(([uid, texts]) => [uid, texts.sort().join()]));
}

function identitiesOf({ sandboxes, containers }: Snapshot): readonly PodIdentity[] {
  const uids = new Set([...sandboxes.keys(), ...containers.keys()]);
  return [...uids].map((uid) => {
    const own = containers.get(uid) ?? [];
    const marks = (sandboxes.get(uid)?.[0] ?? own[0])?.labels ?? {};
    return {
      uid,
      name: marks[labels.podName] ?? '',
      namespace: marks[labels.podNamespace] ?? '',
      containerNames: [...new Set(own.map((container) => container.labels[labels.containerName] ?? container.name))],
    };
  });
}

function dropGone(details: Map<string, unknown>, present: readonly { readonly id: string }[]): void {
  const ids = new Set(present.map(({ id }) => id));
  for (const id of details.keys()) if (!ids.has(id)) details.delete(id);
}

function newestFirst<T extends { readonly createdAtMs: number; readonly order: number }>(items: T[]): readonly T[] {
  return items.sort((a, b) => b.createdAtMs - a.createdAtMs || b.order - a.order);
}

/** Between a list and the question for details something may have been removed: that is no error. */
async function whereThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

function observedSandbox(summary: PodSandboxSummary, status: PodSandboxStatus): ObservedSandbox & { order: number } {
  return {
    id: summary.id,
    attempt: summary.attempt,
    order: summary.attempt,
    ready: status.ready,
    createdAtMs: summary.createdAtMs,
    ips: status.ips,
    hostNetwork: status.networkMode === 'node',
  };
}

function observedContainer(status: ContainerStatus, message: string): ObservedContainer & { order: number } {
  const restartCount = Number(status.annotations[annotations.restartCount] ?? status.attempt);
  return {
    id: status.id,
    sandboxId: status.sandboxId,
    name: status.labels[labels.containerName] ?? status.name,
    state: status.state,
    createdAtMs: status.createdAtMs,
    startedAtMs: status.startedAtMs,
    finishedAtMs: status.finishedAtMs,
    exitCode: status.exitCode,
    reason: status.reason,
    // The runtime's own message (why a container could not be started) says more than an empty file.
    message: message || status.message,
    image: status.image,
    imageRef: status.imageRef,
    hash: status.annotations[annotations.containerHash] ?? '',
    restartCount,
    order: restartCount,
    logPath: status.logPath,
  };
}
