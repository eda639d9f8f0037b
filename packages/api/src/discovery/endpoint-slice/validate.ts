import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldPath,
  fieldErrors,
  fieldPath,
  labelValueErrors,
  portNumberErrors,
  qualifiedNameErrors,
  type TextRule,
} from '@trireme/api-machinery';
import type { Endpoint, EndpointPort, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { type Findings, mustBeOneOf, mustFit, mustFitIfSet } from '../../field-rules.ts';
import { isIpv4, isIpv6, specialIpErrors } from '../../ip-rules.ts';

const maxEndpoints = 1000;
const maxPorts = 20000;
const maxAddresses = 100;
const maxZoneHints = 8;

const addressRules: Readonly<Record<string, TextRule>> = {
  IPv4: (text) => (isIpv4(text) ? specialIpErrors(text) : ['must be a valid IPv4 address']),
  IPv6: (text) => (isIpv6(text) ? specialIpErrors(text) : ['must be a valid IPv6 address']),
  FQDN: (text) => {
    const messages = dnsSubdomainErrors(text);
    return messages.length > 0 || text.includes('.')
      ? messages
      : ['should be a domain with at least two segments separated by dots'];
  },
};

function* validateEndpoint(endpoint: Endpoint, addressType: string, path: FieldPath): Findings {
  const addresses = endpoint.addresses ?? [];
  const addressesPath = path.child('addresses');
  if (addresses.length === 0) yield fieldErrors.required(addressesPath, 'must contain at least 1 address');
  else if (addresses.length > maxAddresses) yield fieldErrors.tooMany(addressesPath, addresses.length, maxAddresses);
  const rule = addressRules[addressType];
  if (rule) {
    for (const [i, address] of addresses.entries()) yield* mustFit(rule, addressesPath.index(i), address);
  }
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('nodeName'), endpoint.nodeName);
  yield* mustFitIfSet(dnsLabelErrors, path.child('hostname'), endpoint.hostname);
  yield* mustFitIfSet(labelValueErrors, path.child('zone'), endpoint.zone);
  const zones = endpoint.hints?.forZones ?? [];
  const zonesPath = path.child('hints', 'forZones');
  if (zones.length > maxZoneHints) yield fieldErrors.tooMany(zonesPath, zones.length, maxZoneHints);
  for (const [i, { name }] of zones.entries()) yield* mustFit(labelValueErrors, zonesPath.index(i).child('name'), name);
}

function* validatePorts(ports: readonly EndpointPort[], path: FieldPath): Findings {
  if (ports.length > maxPorts) {
    yield fieldErrors.tooMany(path, ports.length, maxPorts);
    return;
  }
  const names = new Set<string>();
  for (const [i, { name = '', port, protocol, appProtocol }] of ports.entries()) {
    const item = path.index(i);
    if (name !== '') yield* mustFit(dnsLabelErrors, item.child('name'), name);
    if (names.has(name)) yield fieldErrors.duplicate(item.child('name'), name);
    names.add(name);
    if (port !== undefined) {
      for (const message of portNumberErrors(port)) yield fieldErrors.invalid(item.child('port'), port, message);
    }
    yield* mustBeOneOf(item.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP']);
    yield* mustFitIfSet(qualifiedNameErrors, item.child('appProtocol'), appProtocol);
  }
}

export function* validateEndpointSlice(slice: EndpointSlice): Findings {
  yield* mustBeOneOf(fieldPath('addressType'), slice.addressType, ['FQDN', 'IPv4', 'IPv6']);
  const endpoints = slice.endpoints ?? [];
  const path = fieldPath('endpoints');
  if (endpoints.length > maxEndpoints) yield fieldErrors.tooMany(path, endpoints.length, maxEndpoints);
  else {
    for (const [i, endpoint] of endpoints.entries()) {
      yield* validateEndpoint(endpoint, slice.addressType, path.index(i));
    }
  }
  yield* validatePorts(slice.ports ?? [], fieldPath('ports'));
}
