import { expect, it } from 'vitest';
import { dns, http, rules, service, slice } from '../test/objects.ts';
import { type RuleSet, staleConnections } from './index.ts';

const [here, there] = ['10.244.0.5', '10.244.1.6'];
const made = (endpoints: readonly string[] | undefined, ports: readonly object[] = [dns]): RuleSet =>
  endpoints
    ? rules([service('web', { type: 'NodePort', ports: ports as [typeof dns] })], [slice('web', endpoints)])
    : rules([], []);
const toService = '-p udp --orig-dst 10.96.0.20 --orig-port-dst 53';
const nodePort = { ...dns, nodePort: 30_053 };

it.each<[string, RuleSet | undefined, RuleSet, readonly string[]]>([
  ['nothing for TCP', made([here], [http]), made([there], [http]), []],
  ['nothing where an endpoint comes to others', made([here]), made([here, there]), []],
  ['connections to an endpoint that went', made([here, there]), made([there]), [`${toService} --dst-nat ${here}`]],
  ['connections to the last endpoint', made([here]), made([]), [`${toService} --dst-nat ${here}`]],
  ['what began before there was an endpoint', made([]), made([here]), [toService]],
  ['what began before there was the Service', made(undefined), made([here]), [toService]],
  ['what is left of a Service', made([here]), made(undefined), [toService]],
  ['all at first, for another process may have been here', undefined, made([here]), [toService]],
  [
    'connections to node ports, on all addresses',
    made([here], [nodePort]),
    made([there], [nodePort]),
    [`${toService} --dst-nat ${here}`, `-p udp --orig-port-dst 30053 --dst-nat ${here}`],
  ],
])('forgets %s', (_, before, after, expected) => {
  expect(staleConnections(before, after).map((filter) => filter.join(' '))).toEqual(expected);
});
