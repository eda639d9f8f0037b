import type { Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { service, slice } from '../test/zone.ts';
import { createDnsIndex, type DnsIndex } from './index.ts';

const ips = ['10.96.0.1', '10.96.0.2', 'None'];
const serviceOf = (name: string, namespace: string, ip: string): Service => service(name, { clusterIP: ip }, namespace);
const serviceNames = ['a', 'b'];

type Step =
  | { readonly do: 'set' | 'remove'; readonly service: Service }
  | { readonly do: 'set' | 'remove'; readonly slice: EndpointSlice };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('set' as const, 'remove' as const),
    service: fc
      .tuple(fc.constantFrom(...serviceNames), fc.constantFrom('default', 'other'), fc.constantFrom(...ips))
      .map(([name, namespace, ip]) => serviceOf(name, namespace, ip)),
  }),
  fc.record({
    do: fc.constantFrom('set' as const, 'remove' as const),
    slice: fc
      .tuple(
        fc.constantFrom('x', 'y'),
        fc.constantFrom(...serviceNames),
        fc.subarray(['10.244.0.1', '10.244.0.2']),
        fc.boolean(),
      )
      .map(([name, owner, addresses, named]) =>
        slice(
          name,
          owner,
          addresses.map((address) => ({ addresses: [address], ...(named ? { hostname: `h-${address.at(-1)}` } : {}) })),
        ),
      ),
  }),
);

it('shows after any changes what an index of what is left shows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const index = createDnsIndex();
      const left = new Map<string, Step>();
      for (const each of steps) {
        perform(index, each);
        const object = 'service' in each ? each.service : each.slice;
        const key = `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
        left.delete(key);
        if (each.do === 'set') left.set(key, each);
      }
      const fresh = createDnsIndex();
      for (const each of left.values()) perform(fresh, each);
      expect(everything(index)).toEqual(everything(fresh));
    }),
    { numRuns: 300 },
  );
});

function perform(index: DnsIndex, each: Step): void {
  if ('service' in each) (each.do === 'set' ? index.setService : index.removeService)(each.service);
  else (each.do === 'set' ? index.setSlice : index.removeSlice)(each.slice);
}

function everything({ view }: DnsIndex): unknown {
  const sorted = (values: readonly unknown[]): readonly string[] => values.map((value) => JSON.stringify(value)).sort();
  return {
    services: serviceNames.map((name) => ['default', 'other'].map((namespace) => view.service(namespace, name))),
    endpoints: serviceNames.map((name) => sorted(view.endpoints('default', name))),
    names: [...ips, '10.244.0.1', '10.244.0.2'].map((address) => sorted(view.namesOf(address))),
    namespaces: ['default', 'other'].map((namespace) => view.hasNamespace(namespace)),
  };
}
