import { silentLogger } from '@trireme/ports';
import type { Service } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { changeNft, type RuleSet, renderNft, serviceRules } from '@trireme/service-proxy';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNftables } from '../src/index.ts';
import { rulesFor, web } from './objects.ts';
import { createWorld, inside, missingForWorld, type World } from './world.ts';

const missing = await missingForWorld();
if (missing) console.warn(`SKIPPED: no changes were given to the kernel, because: ${missing}.`);
const real = test.runIf(missing === undefined);
let world: World;

beforeAll(async () => {
  if (!missing) world = await createWorld();
});
afterAll(async () => {
  await world?.remove();
});

/** The kernel lists chains in the order of their making, which means nothing. */
function unordered(listing: string): readonly string[] {
  return listing
    .split('\n\n')
    .map((block) => block.replaceAll(/\n\}\n?$|^table [^\n]*\n/g, ''))
    .map(sortElements)
    .sort();
}

function sortElements(block: string): string {
  return block.replace(/elements = \{([^}]*)\}/, (_, elements: string) =>
    elements
      .split(',')
      .map((each) => each.trim())
      .sort()
      .join(),
  );
}

const pair = (index: number): fc.Arbitrary<readonly [Service, EndpointSlice]> =>
  fc
    .record({
      endpoints: fc.subarray(['10.112.0.5', '10.112.0.6', '10.112.1.7']),
      sticky: fc.boolean(),
      local: fc.boolean(),
      nodePort: fc.boolean(),
    })
    .map(({ endpoints, sticky, local, nodePort }) =>
      web(
        `s${index}`,
        {
          clusterIP: `10.113.0.2${index}`,
          ...(sticky ? { sessionAffinity: 'ClientIP' as const } : {}),
          ...(local ? { externalTrafficPolicy: 'Local' as const } : {}),
        },
        endpoints.map((address) => ({ addresses: [address], nodeName: address.startsWith('10.112.0') ? 'n1' : 'n2' })),
        nodePort ? 30_000 + index : undefined,
      ),
    );
const rules: fc.Arbitrary<RuleSet> = fc
  .tuple(...[0, 1, 2].map((index) => fc.option(pair(index))))
  .map((pairs) => rulesFor(...pairs.filter((each) => each !== null)));

real('the kernel takes every change, and ends with the table that a replacement gives', async () => {
  const nft = createNftables({ logger: silentLogger, prefix: inside(world.node) });
  const listed = async (script: string): Promise<readonly string[]> => {
    if (script !== '') await nft.apply(script);
    return unordered(await nft.list());
  };
  await fc.assert(
    fc.asyncProperty(rules, rules, async (before, after) => {
      await nft.apply(renderNft(before));
      const changed = await listed(changeNft(before, after));
      expect(changed).toEqual(await listed(renderNft(after)));
    }),
    { numRuns: 40, seed: 1 },
  );
  await nft.apply('delete table ip trireme\n');
  expect(await nft.list()).toBe('');
  await expect(nft.apply('add rule ip nowhere x accept\n')).rejects.toMatchObject({ code: 'nft-failed' });
});

real('the kernel takes the same table for IPv6', async () => {
  const [service, slice] = web('six', { clusterIP: 'fd01::20', sessionAffinity: 'ClientIP' }, ['fd02::5'], 30_006);
  const rules = serviceRules({
    services: [service],
    endpointSlices: [{ ...slice, addressType: 'IPv6' }],
    nodeName: 'n1',
    nodeAddresses: ['fd00::2'],
    podCidr: 'fd02::/112',
    clusterCidr: 'fd02::/64',
    serviceCidr: 'fd01::/112',
    options: { family: 'ip6' },
  });
  const nft = createNftables({ logger: silentLogger, prefix: inside(world.node) }, { family: 'ip6' });
  await nft.apply(renderNft(rules));
  expect(await nft.list()).toContain('dnat to [fd02::5]:8080');
});
