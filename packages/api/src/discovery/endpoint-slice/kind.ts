import { validateImmutable } from '@trireme/api-machinery';
import { endpointslices } from '@trireme/schema/resources';
import type { EndpointPort, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { defineKind } from '../../define-kind.ts';
import { each, fill, over } from '../../fill.ts';
import type { Kind } from '../../kind.ts';
import { endpointSliceColumns } from './columns.ts';
import { validateEndpointSlice } from './validate.ts';

function defaultPort(port: EndpointPort): EndpointPort {
  const named = port.name === undefined ? { ...port, name: '' } : port;
  return fill(named, { protocol: 'TCP' });
}

export const endpointSliceKind: Kind<EndpointSlice> = defineKind({
  ref: endpointslices,
  typeId: 'api.discovery.v1.EndpointSlice',
  hasGeneration: true,
  defaults: (slice) => over(slice, 'ports', each(defaultPort)),
  validate: (slice) => [...validateEndpointSlice(slice)],
  validateUpdate: (slice, old) => validateImmutable(slice.addressType, old.addressType, 'addressType'),
  ...endpointSliceColumns,
});
