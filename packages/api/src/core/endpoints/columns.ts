import type { Endpoints } from '@trireme/schema/types/core/v1';
import { ageColumn, firstFew, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

const shownAddresses = 3;

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function endpointsCell({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  );
  return firstFew(all, shownAddresses);
}

export const endpointsColumns = defineColumns<Endpoints>([
  nameColumn,
  { name: 'Endpoints', description: 'The addresses and ports that answer for the service.', cell: endpointsCell },
  ageColumn,
]);
