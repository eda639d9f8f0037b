import { equalJson } from '@trireme/base';
import { elementText, renderNft, setDefinition, setKeyword } from './render-nft.ts';
import type { NftChain, NftSet, RuleSet } from './rule-set.ts';

/**
 * A script that makes `after` out of `before`, touching only what differs, in one transaction; '' where nothing does. A
 * table is replaced whole where something changes that the kernel cannot change in place.
 *
 * The order within matters: names exist before something leads to them, and nothing leads to a name when it goes.
 */
export function changeNft(before: RuleSet | undefined, after: RuleSet): string {
  if (!before || !isChangeable(before, after)) return renderNft(after);
  const at = `${after.family} ${after.table}`;
  const sets = compare(before.sets, after.sets);
  const chains = compare(before.chains, after.chains);
  const changedChains = chains.kept.filter(([old, next]) => !equalJson(old.rules, next.rules)).map(([, next]) => next);
  const lines = [
    ...sets.added.map((set) => `add ${setKeyword(set)} ${at} ${set.name} { ${setDefinition(set).join('; ')}; }`),
    ...chains.added.map((chain) => `add chain ${at} ${chain.name}${hookText(chain)}`),
    ...sets.kept.flatMap(([old, next]) => elementLines('delete', at, next, goneElements(old, next))),
    ...[...changedChains, ...chains.removed].map(({ name }) => `flush chain ${at} ${name}`),
    ...[...chains.added, ...changedChains].flatMap(({ name, rules }) =>
      rules.map((rule) => `add rule ${at} ${name} ${rule}`),
    ),
    ...sets.kept.flatMap(([old, next]) => elementLines('add', at, next, goneElements(next, old))),
    ...sets.added.flatMap((set) => elementLines('add', at, set, [...set.elements])),
    ...sets.removed.map((set) => `delete ${setKeyword(set)} ${at} ${set.name}`),
    ...chains.removed.map(({ name }) => `delete chain ${at} ${name}`),
  ];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

interface Comparison<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly kept: readonly (readonly [before: T, after: T])[];
}

function compare<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): Comparison<T> {
  const old = new Map(before.map((each) => [each.name, each]));
  const next = new Set(after.map(({ name }) => name));
  const kept: (readonly [T, T])[] = [];
  for (const each of after) {
    const known = old.get(each.name);
    if (known) kept.push([known, each]);
  }
  return {
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !next.has(name)),
    kept,
  };
}

/** Where the kernel enters a chain and what type a set has are fixed when they are made. */
function isChangeable(before: RuleSet, after: RuleSet): boolean {
  if (before.family !== after.family || before.table !== after.table) return false;
  return (
    compare(before.chains, after.chains).kept.every(([old, next]) => old.hook === next.hook) &&
    compare(before.sets, after.sets).kept.every(([old, next]) => equalJson(setDefinition(old), setDefinition(next)))
  );
}

/** Elements of `from` that `to` has not, or has with another value: a value is changed by taking the element out first. */
function goneElements(from: NftSet, to: NftSet): readonly (readonly [string, string])[] {
  return [...from.elements].filter(([key, value]) => to.elements.get(key) !== value);
}

function elementLines(
  verb: 'add' | 'delete',
  at: string,
  { name }: NftSet,
  elements: readonly (readonly [string, string])[],
): readonly string[] {
  if (elements.length === 0) return [];
  const texts = elements.map(elementText).sort();
  return [`${verb} element ${at} ${name} { ${texts.join(', ')} }`];
}

function hookText({ hook }: NftChain): string {
  return hook === undefined ? '' : ` { ${hook}; }`;
}
