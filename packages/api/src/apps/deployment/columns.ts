import { formatLabelSelector } from '@trireme/api-machinery';
import type { Deployment } from '@trireme/schema/types/apps/v1';
import { ageColumn, containersColumn, imagesColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

export const deploymentColumns = defineColumns<Deployment>([
  nameColumn,
  {
    name: 'Ready',
    description: 'Pods that are ready, of those wanted.',
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  },
  {
    name: 'Up-to-date',
    description: 'Pods that run the current template.',
    cell: ({ status }) => status?.updatedReplicas ?? 0,
  },
  {
    name: 'Available',
    description: 'Pods that have been ready for long enough.',
    cell: ({ status }) => status?.availableReplicas ?? 0,
  },
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
