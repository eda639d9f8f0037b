import { ageText } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn, orNone } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { type PodSummary, summarizePod } from './print-status.ts';

function restartsCell({ restarts, lastRestart }: PodSummary, nowMs: number): string {
  return restarts !== 0 && lastRestart !== undefined
    ? `${restarts} (${ageText(lastRestart, nowMs)} ago)`
    : `${restarts}`;
}

function readinessGatesCell(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(
    (gate) => pod.status?.conditions?.find((condition) => condition.type === gate.conditionType)?.status === 'True',
  );
  return `${met.length}/${gates.length}`;
}

export const podColumns = defineColumns<Pod, PodSummary>(
  [
    nameColumn,
    {
      name: 'Ready',
      description: 'Containers that pass their readiness checks, of all containers.',
      cell: (_pod, _nowMs, summary) => `${summary.ready}/${summary.total}`,
    },
    {
      name: 'Status',
      description: 'The state of the pod, or the reason why it is not running.',
      cell: (_pod, _nowMs, summary) => summary.status,
    },
    {
      name: 'Restarts',
      description: 'How often containers of the pod were restarted, and when one last was.',
      cell: (_pod, nowMs, summary) => restartsCell(summary, nowMs),
    },
    ageColumn,
    {
      name: 'IP',
      wide: true,
      description: 'The address of the pod.',
      cell: (pod) => orNone(pod.status?.podIPs?.[0]?.ip),
    },
    {
      name: 'Node',
      wide: true,
      description: 'The node the pod is bound to.',
      cell: (pod) => orNone(pod.spec.nodeName),
    },
    {
      name: 'Nominated Node',
      wide: true,
      description: 'The node on which room is being made for the pod.',
      cell: (pod) => orNone(pod.status?.nominatedNodeName),
    },
    {
      name: 'Readiness Gates',
      wide: true,
      description: 'Extra conditions that are met, of those the pod needs to count as ready.',
      cell: readinessGatesCell,
    },
  ],
  summarizePod,
);
