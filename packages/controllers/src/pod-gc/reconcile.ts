import { getCondition, parseTime } from '@trireme/api-machinery';
import { nodes, pods } from '@trireme/schema/resources';
import type { Node, Pod } from '@trireme/schema/types/core/v1';
import { targetOf } from '../actions.ts';
import {
  type Action,
  type Controller,
  type Gone,
  keyOf,
  nothing,
  type Plan,
  splitKey,
  type View,
  watchOf,
} from '../controller.ts';
import { isPodTerminal } from '../pod-state.ts';
import { markDisrupted } from '../taint-eviction/reconcile.ts';

export interface PodGarbageCollectorOptions {
  /** Pods that have ended are kept up to this many, the newest ones. Default 12 500. */
  readonly terminatedPodThreshold?: number | undefined;
  /** How long a node must be gone before its pods are given up. Default 40 000. */
  readonly goneNodeGraceMs?: number | undefined;
}

const terminatedKey = 'terminated';
const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** Removes pods that no kubelet will ever remove. */
export function createPodGarbageCollector(options: PodGarbageCollectorOptions = {}): Controller {
  const { terminatedPodThreshold = 12_500, goneNodeGraceMs = 40_000 } = options;
  // Since when each node has been missed. Losing this (a new leader) only makes the wait longer.
  const missedSinceMs = new Map<string, number>();
  return {
    name: 'pod-garbage-collector',
    reads: [nodes, pods],
    watches: [
      watchOf(pods, (pod, _, old) => {
        const ended = isPodTerminal(pod) && !(old && isPodTerminal(old));
        return ended ? [keyOf(pod), terminatedKey] : [keyOf(pod)];
      }),
      watchOf(nodes, ({ metadata }, view) =>
        view
          .list(pods)
          .filter(({ spec }) => spec.nodeName === metadata.name)
          .map(keyOf),
      ),
    ],
    reconcile(key, view, nowMs) {
      if (key === terminatedKey) return trimTerminated(view, terminatedPodThreshold);
      const { name, namespace } = splitKey(key);
      const pod = view.get(pods, name, namespace);
      return pod ? judgePod(pod, view, nowMs) : nothing;
    },
  };

  function judgePod(pod: Pod, view: View, nowMs: number): Plan {
    const { nodeName } = pod.spec;
    if (!nodeName) {
      // No kubelet has it, so nobody else would end its deletion.
      return pod.metadata.deletionTimestamp ? { actions: [forceDelete(pod, [])] } : nothing;
    }
    const node = view.get(nodes, nodeName);
    if (!node) return judgeOrphan(pod, nodeName, nowMs);
    missedSinceMs.delete(nodeName);
    if (!pod.metadata.deletionTimestamp || !isOutOfService(node)) return nothing;
    const message = 'PodGC: node is out of service';
    return { actions: giveUp(pod, message, nowMs, []) };
  }

  function judgeOrphan(pod: Pod, nodeName: string, nowMs: number): Plan {
    const sinceMs = missedSinceMs.get(nodeName) ?? nowMs;
    missedSinceMs.set(nodeName, sinceMs);
    const leftMs = sinceMs + goneNodeGraceMs - nowMs;
    if (leftMs > 0) return { actions: [], requeueAfterMs: leftMs };
    const onlyIfGone: readonly Gone[] = [{ ref: nodes, name: nodeName }];
    return { actions: giveUp(pod, 'PodGC: node no longer exists', nowMs, onlyIfGone) };
  }
}

function isOutOfService({ spec, status }: Node): boolean {
  const ready = getCondition(status?.conditions, 'Ready')?.status === 'True';
  return !ready && (spec?.taints ?? []).some(({ key }) => key === outOfServiceTaint);
}

function trimTerminated(view: View, threshold: number): Plan {
  if (threshold <= 0) return nothing;
  const ended = view.list(pods).filter((pod) => isPodTerminal(pod) && !pod.metadata.deletionTimestamp);
  if (ended.length <= threshold) return nothing;
  const createdMs = ({ metadata }: Pod): number => parseTime(metadata.creationTimestamp) ?? 0;
  const oldest = ended.toSorted((a, b) => createdMs(a) - createdMs(b)).slice(0, ended.length - threshold);
  return { actions: oldest.map((pod) => forceDelete(pod, [])) };
}

/** Its owner is told first, then it is removed without waiting for a kubelet. */
function giveUp(pod: Pod, message: string, nowMs: number, onlyIfGone: readonly Gone[]): readonly Action[] {
  const phase = isPodTerminal(pod) ? undefined : 'Failed';
  return [markDisrupted(pod, 'DeletionByPodGC', message, nowMs, { phase, onlyIfGone }), forceDelete(pod, onlyIfGone)];
}

function forceDelete(pod: Pod, onlyIfGone: readonly Gone[]): Action {
  return { type: 'delete', ref: pods, target: targetOf(pod), gracePeriodSeconds: 0, onlyIfGone };
}
