import { isMap, type NftChain, type NftSet, type RuleSet } from './rule-set.ts';

/** A script that puts exactly this table in place of whatever is there under its name, in one transaction. */
export function renderNft(ruleSet: RuleSet): string {
  const { family, table, sets, chains } = ruleSet;
  // Adding first makes the delete safe where the table is not there yet.
  return [
    `table ${family} ${table}`,
    `delete table ${family} ${table}`,
    `table ${family} ${table} {`,
    ...sets.flatMap(setBlock),
    ...chains.flatMap(chainBlock),
    '}',
    '',
  ].join('\n');
}

/** What stands between the braces of a set's definition, in one line each. */
export function setDefinition({ type, flags, size }: NftSet): readonly string[] {
  return [
    `type ${type}`,
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(flags === undefined ? [] : [`flags ${flags}`]),
  ];
}

export function elementText([key, value]: readonly [string, string]): string {
  return value === '' ? key : `${key} : ${value}`;
}

export function setKeyword(set: NftSet): 'map' | 'set' {
  return isMap(set) ? 'map' : 'set';
}

function setBlock(set: NftSet): readonly string[] {
  const elements = [...set.elements].sort(byKey).map((element) => `\t\t\t${elementText(element)},`);
  return [
    `\t${setKeyword(set)} ${set.name} {`,
    ...setDefinition(set).map((line) => `\t\t${line}`),
    ...(elements.length === 0 ? [] : ['\t\telements = {', ...elements, '\t\t}']),
    '\t}',
  ];
}

function chainBlock({ name, hook, rules }: NftChain): readonly string[] {
  const lines = [...(hook === undefined ? [] : [`${hook};`]), ...rules];
  return [`\tchain ${name} {`, ...lines.map((line) => `\t\t${line}`), '\t}'];
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
