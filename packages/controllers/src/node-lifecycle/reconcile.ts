import { getCondition, semanticEqual, setCondition, timeText } from '@trireme/api-machinery';
import type { JsonObject } from '@trireme/base';
import { leases, nodes, pods } from '@trireme/schema/resources';
import type { Node, NodeCondition, Pod } from '@trireme/schema/types/core/v1';
import { eventAction, unchangedTargetOf, updateStatusAction } from '../actions.ts';
import { type Action, type Controller, nothing, type Plan, type View, watchOf, watchSelf } from '../controller.ts';
import { isPodReady } from '../pod-state.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';
import { taintsFor } from './taints.ts';

export interface NodeLifecycleOptions {
  /** A node that is silent for this long is lost. Default 40 000. */
  readonly nodeMonitorGracePeriodMs?: number | undefined;
  /** The same for a node that has never reported. Default 60 000. */
  readonly nodeStartupGracePeriodMs?: number | undefined;
}

const leaseNamespace = 'kube-node-lease';
const watchedConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Notices nodes that fall silent, says so in their conditions and taints, and on the pods that ran there. */
export function createNodeLifecycleController(options: NodeLifecycleOptions = {}): Controller {
  const { nodeMonitorGracePeriodMs = 40_000, nodeStartupGracePeriodMs = 60_000 } = options;
  const heartbeats = createHeartbeats();
  return {
    name: 'node-lifecycle',
    reads: [nodes, leases, pods],
    watches: [
      watchSelf(nodes),
      watchOf(leases, ({ metadata }) => (metadata.namespace === leaseNamespace ? [metadata.name] : [])),
      // A pod of a node that was lost before has to be marked too.
      watchOf(pods, ({ spec }, _, old) =>
        spec.nodeName && spec.nodeName !== old?.spec.nodeName ? [spec.nodeName] : [],
      ),
    ],
    reconcile(name, view, nowMs) {
      const node = view.get(nodes, name);
      if (!node) {
        heartbeats.forget(name);
        return nothing;
      }
      return reconcileNode(node, view, nowMs, silence(node, view, heartbeats, nowMs));
    },
  };

  function silence(node: Node, view: View, seen: Heartbeats, nowMs: number): Silence {
    const { name } = node.metadata;
    const lastMs = seen.observe(node, view.get(leases, name, leaseNamespace), nowMs);
    const reported = getCondition(node.status?.conditions, 'Ready') !== undefined;
    return { sinceMs: lastMs, graceMs: reported ? nodeMonitorGracePeriodMs : nodeStartupGracePeriodMs };
  }
}

interface Silence {
  readonly sinceMs: number;
  readonly graceMs: number;
}

function reconcileNode(node: Node, view: View, nowMs: number, { sinceMs, graceMs }: Silence): Plan {
  const lost = nowMs - sinceMs >= graceMs;
  const conditions = lost ? lostConditions(node, nowMs) : (node.status?.conditions ?? []);
  const judged: Node = { ...node, status: { ...node.status, conditions } };
  const actions = [
    ...(semanticEqual(conditions, node.status?.conditions) ? [] : [updateStatusAction(nodes, judged)]),
    ...taintActions(node, judged, view, nowMs),
    ...readinessActions(node, judged, view, nowMs),
  ];
  return { actions, requeueAfterMs: lost ? undefined : sinceMs + graceMs - nowMs };
}

/** What a silent node said last is not known to hold any more. */
function lostConditions(node: Node, nowMs: number): readonly NodeCondition[] {
  const now = timeText(nowMs);
  return watchedConditions.reduce<readonly NodeCondition[]>((all, type) => {
    const known = getCondition(all, type);
    if (known?.status === 'Unknown') return all;
    if (!known) return setCondition(all, neverReported(node, type, now), now);
    const reason = 'NodeStatusUnknown';
    const message = 'Kubelet stopped posting node status.';
    const next = { ...known, status: 'Unknown', reason, message, lastTransitionTime: now };
    return setCondition(all, next, now);
  }, node.status?.conditions ?? []);
}

function neverReported(node: Node, type: string, now: string): NodeCondition {
  return {
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  };
}

function taintActions(node: Node, judged: Node, view: View, nowMs: number): readonly Action[] {
  const taints = taintsFor(judged, someNodeIsReady(view, judged), timeText(nowMs));
  if (semanticEqual(taints, node.spec?.taints)) return [];
  const patch: JsonObject = {
    spec: { taints: taints.length > 0 ? (taints as unknown as readonly JsonObject[]) : null },
  };
  return [{ type: 'patch', ref: nodes, target: unchangedTargetOf(node), patch }];
}

/** Where no node answers, it is more likely we who are cut off; moving pods would move them nowhere. */
function someNodeIsReady(view: View, judged: Node): boolean {
  return view.list(nodes).some((node) => isReady(node.metadata.uid === judged.metadata.uid ? judged : node));
}

function isReady({ status }: Node): boolean {
  return getCondition(status?.conditions, 'Ready')?.status === 'True';
}

/** Pods of a node that is not ready are not ready either, whatever they said last. */
function readinessActions(node: Node, judged: Node, view: View, nowMs: number): readonly Action[] {
  const ready = getCondition(judged.status?.conditions, 'Ready');
  if (!ready || ready.status === 'True') return [];
  const { name } = node.metadata;
  const turned = getCondition(node.status?.conditions, 'Ready')?.status === 'True';
  const text = `Node ${name} status is now: NodeNotReady`;
  const events = turned ? [eventAction(node, 'Normal', 'NodeNotReady', text)] : [];
  const affected = view.list(pods).filter((pod) => pod.spec.nodeName === name && isPodReady(pod));
  // A node that says itself that it is not ready still reports its pods truly.
  const marked = ready.status === 'Unknown' ? affected.flatMap((pod) => markNotReady(pod, nowMs)) : [];
  return [...events, ...marked];
}

function markNotReady(pod: Pod, nowMs: number): readonly Action[] {
  const lastTransitionTime = timeText(nowMs);
  const conditions = (pod.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition,
  );
  const patch = { status: { conditions: conditions as unknown as readonly JsonObject[] } };
  return [
    { type: 'patch', ref: pods, target: unchangedTargetOf(pod), patch, subresource: 'status' },
    eventAction(pod, 'Warning', 'NodeNotReady', 'Node is not ready'),
  ];
}
