import { formatLabelSelector } from '@trireme/api-machinery';
import type { DaemonSet } from '@trireme/schema/types/apps/v1';
import { ageColumn, containersColumn, formatLabels, imagesColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

export const daemonSetColumns = defineColumns<DaemonSet>([
  nameColumn,
  {
    name: 'Desired',
    type: 'integer',
    description: 'Nodes that should run a pod of it.',
    cell: ({ status }) => status?.desiredNumberScheduled ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'Nodes that run one and should.',
    cell: ({ status }) => status?.currentNumberScheduled ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'Nodes whose pod is ready.',
    cell: ({ status }) => status?.numberReady ?? 0,
  },
  {
    name: 'Up-to-date',
    type: 'integer',
    description: 'Nodes whose pod runs the current template.',
    cell: ({ status }) => status?.updatedNumberScheduled ?? 0,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'Nodes whose pod has been ready for long enough.',
    cell: ({ status }) => status?.numberAvailable ?? 0,
  },
  {
    name: 'Node Selector',
    description: 'The labels of the nodes it is for.',
    cell: ({ spec }) => formatLabels(spec.template.spec?.nodeSelector),
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
