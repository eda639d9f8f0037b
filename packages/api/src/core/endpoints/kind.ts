import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldPath,
  fieldErrors,
  fieldPath,
  portNumberErrors,
} from '@trireme/api-machinery';
import { endpoints } from '@trireme/schema/resources';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '@trireme/schema/types/core/v1';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustBeOneOf, mustFit, mustFitIfSet } from '../../field-rules.ts';
import { each, fill, over } from '../../fill.ts';
import { ipErrors, specialIpErrors } from '../../ip-rules.ts';
import type { Kind } from '../../kind.ts';
import { endpointsColumns } from './columns.ts';

const defaultSubset = (subset: EndpointSubset): EndpointSubset =>
  over(
    subset,
    'ports',
    each<EndpointPort>((port) => fill(port, { protocol: 'TCP' })),
  );

function* validateAddress(address: EndpointAddress, path: FieldPath): Findings {
  yield* mustFit(ipErrors, path.child('ip'), address.ip);
  yield* mustFitIfSet(dnsLabelErrors, path.child('hostname'), address.hostname);
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('nodeName'), address.nodeName);
  yield* mustFit(specialIpErrors, path.child('ip'), address.ip);
}

function* validatePort(port: EndpointPort, needsName: boolean, path: FieldPath): Findings {
  if (port.name) yield* mustFit(dnsLabelErrors, path.child('name'), port.name);
  else if (needsName) yield fieldErrors.required(path.child('name'));
  for (const message of portNumberErrors(port.port)) yield fieldErrors.invalid(path.child('port'), port.port, message);
  yield* mustBeOneOf(path.child('protocol'), port.protocol, ['SCTP', 'TCP', 'UDP']);
}

function* validate({ subsets = [] }: Endpoints): Findings {
  for (const [i, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const path = fieldPath('subsets').index(i);
    if (addresses.length + notReadyAddresses.length === 0) {
      yield fieldErrors.required(path, 'must specify `addresses` or `notReadyAddresses`');
    }
    for (const [at, address] of addresses.entries()) yield* validateAddress(address, path.child('addresses').index(at));
    for (const [at, address] of notReadyAddresses.entries()) {
      yield* validateAddress(address, path.child('notReadyAddresses').index(at));
    }
    for (const [at, port] of ports.entries())
      yield* validatePort(port, ports.length > 1, path.child('ports').index(at));
  }
}

export const endpointsKind: Kind<Endpoints> = defineKind({
  ref: endpoints,
  typeId: 'api.core.v1.Endpoints',
  listKind: 'EndpointsList',
  singular: 'endpoints',
  shortNames: ['ep'],
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  createOnUpdate: true,
  defaults: (object) => over(object, 'subsets', each(defaultSubset)),
  validate: (object) => [...validate(object)],
  ...endpointsColumns,
});
