import type { Node } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn, orNone } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

const rolePrefix = 'node-role.kubernetes.io/';
const oldRoleLabel = 'kubernetes.io/role';

function statusCell(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (node.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

function rolesCell(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === oldRoleLabel && value !== '') roles.add(value);
  }
  return orNone([...roles].sort().join(','));
}

function addressCell(node: Node, type: string): string {
  return orNone(node.status?.addresses?.find((address) => address.type === type)?.address);
}

export const nodeColumns = defineColumns<Node>([
  nameColumn,
  { name: 'Status', description: 'Whether the node takes pods.', cell: statusCell },
  { name: 'Roles', description: 'The roles that labels give the node.', cell: rolesCell },
  ageColumn,
  {
    name: 'Version',
    description: 'The version its kubelet reports.',
    cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
  },
  {
    name: 'Internal-IP',
    wide: true,
    description: 'Its address inside the cluster.',
    cell: (node) => addressCell(node, 'InternalIP'),
  },
  {
    name: 'External-IP',
    wide: true,
    description: 'Its address from outside.',
    cell: (node) => addressCell(node, 'ExternalIP'),
  },
  {
    name: 'OS-Image',
    wide: true,
    description: 'The operating system it reports.',
    cell: (node) => node.status?.nodeInfo?.osImage || '<unknown>',
  },
  {
    name: 'Kernel-Version',
    wide: true,
    description: 'The kernel it reports.',
    cell: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>',
  },
  {
    name: 'Container-Runtime',
    wide: true,
    description: 'The container runtime it reports, with its version.',
    cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  },
]);
