import { isStatus } from '@trireme/api-machinery';
import { equalJson, messageOf } from '@trireme/base';
import type { ApiClient, Lister, Target } from '@trireme/client';
import { type Logger, sleep, type Time } from '@trireme/ports';
import { pods } from '@trireme/schema/resources';
import type { Pod, PodStatus } from '@trireme/schema/types/core/v1';
import { isOwnedCondition } from '../pod-conditions.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * Tells the API what the pods are like. For every pod only the newest status counts; it is written in order, against the
 * newest version of the object, again and again until it is there, and never onto another pod of the same name.
 */
export interface StatusWriter {
  set(pod: Pod, status: PodStatus): void;
  /** Resolves once the status set last is written, or cannot be any more because the pod is gone. */
  flush(uid: string): Promise<void>;
  forget(uid: string): void;
}

interface Entry {
  readonly pod: Pod;
  desired: PodStatus;
  /** What the last write returned: the lister may still show an older one. */
  written: Pod | undefined;
  writing: Promise<void> | undefined;
  dirty: boolean;
  forgotten: boolean;
}

const retryMs = 1000;
const maxRetryMs = 10_000;

export function createStatusWriter(deps: {
  readonly client: ApiClient;
  readonly lister: Lister<Pod>;
  readonly time: Time;
  readonly logger: Logger;
}): StatusWriter {
  const entries = new Map<string, Entry>();
  const resource = deps.client.resource(pods);

  const newest = (entry: Entry): Pod | undefined => {
    const { name, namespace } = entry.pod.metadata;
    const listed = deps.lister.get(name, namespace);
    const own = entry.written;
    if (!listed || !own) return listed ?? own;
    return Number(listed.metadata.resourceVersion) >= Number(own.metadata.resourceVersion) ? listed : own;
  };

  const read = (target: Target): Promise<Pod> =>
    withDeadline(deps.time, 'read a pod', (signal) => resource.get(target, { signal }));

  // Someone else may have overwritten what was written, so that even the same status has to be written again.
  const isCurrent = (entry: Entry): boolean => {
    if (entry.writing) return true;
    const current = newest(entry);
    return current !== undefined && equalJson(current.status, mergedStatus(current.status ?? {}, entry.desired));
  };

  const writeOnce = async (entry: Entry, current: Pod): Promise<void> => {
    if (current.metadata.uid !== entry.pod.metadata.uid) return;
    const status = mergedStatus(current.status ?? {}, entry.desired);
    if (equalJson(current.status, status)) return;
    entry.written = await withDeadline(deps.time, 'write the status of a pod', (signal) =>
      resource.update({ ...current, status }, { subresource: 'status', signal }),
    );
  };

  const write = async (entry: Entry): Promise<void> => {
    const target = { name: entry.pod.metadata.name, namespace: entry.pod.metadata.namespace };
    let stale = false;
    for (let attempt = 0; entry.dirty && !entry.forgotten; attempt++) {
      entry.dirty = false;
      try {
        const current = stale ? undefined : newest(entry);
        await writeOnce(entry, current ?? (await read(target)));
        stale = false;
        attempt = -1;
      } catch (error) {
        if (isStatus(error, 'NotFound')) return;
        entry.dirty = true;
        stale = true;
        if (isStatus(error, 'Conflict') && attempt < 5) continue;
        deps.logger.log('warn', 'writing the status of a pod failed; it is tried again', {
          pod: `${target.namespace}/${target.name}`,
          error: messageOf(error),
        });
        await sleep(deps.time, Math.min(maxRetryMs, retryMs * 2 ** attempt));
      }
    }
  };

  const start = (entry: Entry): void => {
    entry.writing ??= write(entry).finally(() => {
      entry.writing = undefined;
      if (entry.dirty && !entry.forgotten) start(entry);
    });
  };

  return {
    set(pod, status) {
      const uid = pod.metadata.uid ?? '';
      const known = entries.get(uid);
      if (known && equalJson(known.desired, status) && isCurrent(known)) return;
      const entry: Entry = known ?? {
        pod,
        desired: status,
        written: undefined,
        writing: undefined,
        dirty: true,
        forgotten: false,
      };
      entry.desired = status;
      entry.dirty = true;
      entries.set(uid, entry);
      start(entry);
    },
    async flush(uid) {
      for (let entry = entries.get(uid); entry?.writing; entry = entries.get(uid)) await entry.writing;
    },
    forget(uid) {
      const entry = entries.get(uid);
      if (entry) entry.forgotten = true;
      entries.delete(uid);
    },
  };
}

const ownFields = [
  'reason',
  'message',
  'podIP',
  'podIPs',
  'hostIP',
  'hostIPs',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** The kubelet's fields as it wants them, everyone else's as they are. */
function mergedStatus(current: PodStatus, desired: PodStatus): PodStatus {
  const others: Record<string, unknown> = { ...current };
  for (const field of ownFields) delete others[field];
  const foreign = (current.conditions ?? []).filter(({ type }) => !isOwnedCondition(type));
  const own = (desired.conditions ?? []).filter(({ type }) => isOwnedCondition(type));
  return { ...others, ...desired, conditions: [...own, ...foreign] };
}
