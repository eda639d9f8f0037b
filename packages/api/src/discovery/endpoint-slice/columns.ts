import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { ageColumn, firstFew, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';

const shownItems = 3;

function portsCell({ ports = [] }: EndpointSlice): string {
  const texts = ports.map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)));
  return firstFew(texts, shownItems) || '<unset>';
}

function endpointsCell({ endpoints = [] }: EndpointSlice): string {
  const addresses = endpoints.flatMap((endpoint) => endpoint.addresses);
  return firstFew(addresses, shownItems) || '<unset>';
}

export const endpointSliceColumns = defineColumns<EndpointSlice>([
  nameColumn,
  { name: 'AddressType', description: 'The type of its addresses.', cell: (slice) => slice.addressType },
  { name: 'Ports', description: 'The ports its endpoints serve.', cell: portsCell },
  { name: 'Endpoints', description: 'The addresses of its endpoints.', cell: endpointsCell },
  ageColumn,
]);
