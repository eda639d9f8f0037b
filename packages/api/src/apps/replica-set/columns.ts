import { formatLabelSelector } from '@trireme/api-machinery';
import type { ReplicaSet } from '@trireme/schema/types/apps/v1';
import { ageColumn, containersColumn, imagesColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

export const replicaSetColumns = defineColumns<ReplicaSet>([
  nameColumn,
  { name: 'Desired', type: 'integer', description: 'Pods wanted.', cell: ({ spec }) => spec.replicas ?? 0 },
  { name: 'Current', type: 'integer', description: 'Pods there are.', cell: ({ status }) => status?.replicas ?? 0 },
  { name: 'Ready', type: 'integer', description: 'Pods ready.', cell: ({ status }) => status?.readyReplicas ?? 0 },
  ageColumn,
  containersColumn,
  imagesColumn,
  {
    name: 'Selector',
    wide: true,
    description: 'The label selector of its pods.',
    cell: ({ spec }) => formatLabelSelector(spec.selector),
  },
]);
