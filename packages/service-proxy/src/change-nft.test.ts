import type { Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyScript, modelOf } from '../test/nft-model.ts';
import { dns, endpoint, http, rules, service, slice } from '../test/objects.ts';
import { changeNft, type RuleSet, renderNft } from './index.ts';

const [here, there] = ['10.244.0.5', '10.244.1.6'];

describe('changeNft', () => {
  it('says nothing where nothing changes', () => {
    const make = (): RuleSet => rules([service('web', {})], [slice('web', [here])]);
    expect(changeNft(make(), make())).toBe('');
  });

  it('touches one chain of a Service and the endpoint that comes or goes', () => {
    const [one, two] = [[here], [here, there]].map((each) => rules([service('web', {})], [slice('web', each)]));
    if (!one || !two) throw new TypeError('two rule sets were made');
    const lines = changeNft(one, two).trim().split('\n');
    expect(lines.map((line) => line.split(' ').slice(0, 5).join(' '))).toEqual([
      'add chain ip trireme endpoint/default/web/tcp/http/10.244.1.6/8080',
      'flush chain ip trireme service/default/web/tcp/http',
      'add rule ip trireme endpoint/default/web/tcp/http/10.244.1.6/8080',
      'add rule ip trireme endpoint/default/web/tcp/http/10.244.1.6/8080',
      'add rule ip trireme service/default/web/tcp/http',
      'add rule ip trireme service/default/web/tcp/http',
    ]);
    expect(changeNft(two, one)).toContain('delete chain ip trireme endpoint/default/web/tcp/http/10.244.1.6/8080');
  });

  it('replaces everything where it knows nothing, or where the kernel cannot change in place', () => {
    const after = rules([], []);
    expect(changeNft(undefined, after)).toBe(renderNft(after));
    const chains = after.chains.map((chain) => (chain.hook ? { ...chain, hook: `${chain.hook} ` } : chain));
    expect(changeNft({ ...after, chains }, after)).toBe(renderNft(after));
    expect(changeNft({ ...after, table: 'other' }, after)).toBe(renderNft(after));
  });

  it('comes from any rules to any others as a replacement does, and never breaks a reference on the way', () => {
    fc.assert(
      fc.property(ruleSets, ruleSets, (before, after) => {
        const model = modelOf(before);
        applyScript(model, changeNft(before, after));
        expect(sorted(model)).toEqual(sorted(modelOf(after)));
      }),
      { numRuns: 300 },
    );
  });
});

function sorted({ sets, chains }: ReturnType<typeof modelOf>): unknown {
  const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
  return {
    sets: [...sets].sort(byKey).map(([name, set]) => [name, set.definition, [...set.elements].sort(byKey)]),
    chains: [...chains].sort(byKey),
  };
}

const objects = (index: number): fc.Arbitrary<readonly [Service, EndpointSlice]> =>
  fc
    .record({
      addresses: fc.subarray([here, there, '10.244.0.7']),
      ready: fc.boolean(),
      sticky: fc.boolean(),
      nodePort: fc.boolean(),
      external: fc.boolean(),
      externalLocal: fc.boolean(),
      internalLocal: fc.boolean(),
      udp: fc.boolean(),
    })
    .map((made) => {
      const name = `s${index}`;
      const ports = (made.udp ? [http, dns] : [http]).map((port) => ({
        ...port,
        ...(made.nodePort ? { nodePort: 30_000 + port.port + index } : {}),
      }));
      const spec = {
        clusterIP: `10.96.0.2${index}`,
        ports,
        type: made.nodePort ? 'NodePort' : 'ClusterIP',
        sessionAffinity: made.sticky ? 'ClientIP' : 'None',
        externalTrafficPolicy: made.externalLocal ? 'Local' : 'Cluster',
        internalTrafficPolicy: made.internalLocal ? 'Local' : 'Cluster',
        // All claim the same one.
        externalIPs: made.external ? ['192.0.2.7'] : [],
      } as const;
      const conditions = made.ready ? {} : { ready: false, serving: true, terminating: true };
      return [
        service(name, spec),
        slice(
          name,
          made.addresses.map((address) => endpoint(address, conditions)),
        ),
      ];
    });

const ruleSets: fc.Arbitrary<RuleSet> = fc
  .tuple(...[0, 1, 2].map((index) => fc.option(objects(index))))
  .map((pairs) => pairs.filter((pair) => pair !== null))
  .map((pairs) =>
    rules(
      pairs.map(([each]) => each),
      pairs.map(([, each]) => each),
    ),
  );
