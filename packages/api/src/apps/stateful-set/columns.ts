import type { StatefulSet } from '@trireme/schema/types/apps/v1';
import { ageColumn, containersColumn, imagesColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

export const statefulSetColumns = defineColumns<StatefulSet>([
  nameColumn,
  {
    name: 'Ready',
    description: 'Pods that are ready, of those wanted.',
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  },
  ageColumn,
  containersColumn,
  imagesColumn,
]);
