import { setCondition, timeText } from '@trireme/api-machinery';
import type { JsonObject } from '@trireme/base';
import { nodes, pods } from '@trireme/schema/resources';
import type { Pod, PodCondition } from '@trireme/schema/types/core/v1';
import { eventAction, targetOf } from '../actions.ts';
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
  watchSelf,
} from '../controller.ts';
import { isPodTerminal } from '../pod-state.ts';
import { evictionTimeMs } from './tolerations.ts';

/** Deletes pods from nodes with NoExecute taints, when their tolerations run out. */
export function createTaintEvictionController(): Controller {
  return {
    name: 'taint-eviction',
    reads: [nodes, pods],
    watches: [
      watchSelf(pods),
      watchOf(nodes, (node, view, old) => {
        const before = JSON.stringify(old?.spec?.taints);
        if (old && before === JSON.stringify(node.spec?.taints)) return [];
        const { name } = node.metadata;
        return view
          .list(pods)
          .filter((pod) => pod.spec.nodeName === name)
          .map(keyOf);
      }),
    ],
    reconcile: reconcileTaints,
  };
}

function reconcileTaints(key: string, view: View, nowMs: number): Plan {
  const { name, namespace } = splitKey(key);
  const pod = view.get(pods, name, namespace);
  if (!pod?.spec.nodeName || pod.metadata.deletionTimestamp || isPodTerminal(pod)) return nothing;
  const node = view.get(nodes, pod.spec.nodeName);
  const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return nothing;
  const dueMs = evictionTimeMs(taints, pod.spec.tolerations ?? [], nowMs);
  if (dueMs === undefined) return nothing;
  if (dueMs > nowMs) return { actions: [], requeueAfterMs: dueMs - nowMs };
  return { actions: evict(pod, nowMs) };
}

function evict(pod: Pod, nowMs: number): readonly Action[] {
  const { name, namespace } = pod.metadata;
  const text = `Marking for deletion Pod ${namespace}/${name}`;
  return [
    eventAction(pod, 'Normal', 'TaintManagerEviction', text),
    markDisrupted(pod, 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint', nowMs),
    { type: 'delete', ref: pods, target: targetOf(pod) },
  ];
}

/** Tells a pod's owner that it was not the pod that failed. */
export function markDisrupted(
  pod: Pod,
  reason: string,
  message: string,
  nowMs: number,
  options: { readonly phase?: 'Failed' | undefined; readonly onlyIfGone?: readonly Gone[] } = {},
): Action {
  const { phase, onlyIfGone = [] } = options;
  const condition: PodCondition = { type: 'DisruptionTarget', status: 'True', reason, message };
  const conditions = setCondition(pod.status?.conditions, condition, timeText(nowMs));
  const status: JsonObject = { phase, conditions: conditions as unknown as readonly JsonObject[] };
  return { type: 'patch', ref: pods, target: targetOf(pod), patch: { status }, subresource: 'status', onlyIfGone };
}
