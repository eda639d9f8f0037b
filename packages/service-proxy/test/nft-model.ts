import { invariant } from '@trireme/base';
import type { RuleSet } from '../src/index.ts';

/** A table as a kernel would hold it after commands, with the kernel's refusals. Knows what `changeNft` writes, no more. */
export interface NftModel {
  readonly sets: Map<string, { readonly definition: string; readonly elements: Map<string, string> }>;
  readonly chains: Map<string, { readonly hook: string; rules: string[] }>;
}

export function modelOf(ruleSet: RuleSet): NftModel {
  return {
    sets: new Map(
      ruleSet.sets.map(({ name, type, flags, size, elements }) => {
        const definition = [`type ${type}`, ...(size ? [`size ${size}`] : []), ...(flags ? [`flags ${flags}`] : [])];
        return [name, { definition: definition.join('; '), elements: new Map(elements) }];
      }),
    ),
    chains: new Map(ruleSet.chains.map(({ name, hook = '', rules }) => [name, { hook, rules: [...rules] }])),
  };
}

export function applyScript(model: NftModel, script: string): void {
  for (const line of script.split('\n').filter((each) => each !== '')) applyLine(model, line);
}

function applyLine(model: NftModel, line: string): void {
  const match = /^(add|delete|flush) (set|map|chain|rule|element) ip trireme (\S+) ?(.*)$/.exec(line);
  invariant(match, `unknown command: ${line}`);
  const [, verb = '', kind = '', name = '', rest = ''] = match;
  const chain = model.chains.get(name);
  const set = model.sets.get(name);
  switch (`${verb} ${kind}`) {
    case 'add set':
    case 'add map':
      invariant(!set, `${name} is there already`);
      invariant((kind === 'map') === rest.includes(':'), `a ${kind} has another type: ${line}`);
      model.sets.set(name, { definition: rest.slice(2, -3), elements: new Map() });
      return;
    case 'add chain':
      invariant(!chain, `${name} is there already`);
      model.chains.set(name, { hook: rest === '' ? '' : rest.slice(2, -3), rules: [] });
      return;
    case 'add rule':
      invariant(chain, `no chain ${name}`);
      mustKnow(model, rest);
      chain.rules.push(rest);
      return;
    case 'flush chain':
      invariant(chain, `no chain ${name}`);
      chain.rules = [];
      return;
    case 'delete chain':
      invariant(chain, `no chain ${name}`);
      invariant(!isUsed(model, (text) => verdictsIn(text).includes(name)), `chain ${name} is in use`);
      model.chains.delete(name);
      return;
    case 'delete set':
    case 'delete map':
      invariant(set, `no set ${name}`);
      invariant(!isUsed(model, (text) => setsIn(text).includes(name)), `set ${name} is in use`);
      model.sets.delete(name);
      return;
    default:
      invariant(set && kind === 'element', `unknown command: ${line}`);
      for (const text of rest.slice(2, -2).split(', ')) changeElement(model, set.elements, verb, text);
  }
}

function changeElement(model: NftModel, elements: Map<string, string>, verb: string, text: string): void {
  const [key = '', value = ''] = text.split(' : ');
  if (verb === 'add') {
    invariant(!elements.has(key), `element ${key} is there already`);
    mustKnow(model, value);
    elements.set(key, value);
  } else {
    invariant(elements.get(key) === value, `no element ${text}`);
    elements.delete(key);
  }
}

function mustKnow(model: NftModel, text: string): void {
  for (const name of verdictsIn(text)) invariant(model.chains.has(name), `no chain ${name}: ${text}`);
  for (const name of setsIn(text)) invariant(model.sets.has(name), `no set ${name}: ${text}`);
}

function isUsed(model: NftModel, test: (text: string) => boolean): boolean {
  const rules = [...model.chains.values()].flatMap((chain) => chain.rules);
  const values = [...model.sets.values()].flatMap(({ elements }) => [...elements.values()]);
  return [...rules, ...values].some(test);
}

function verdictsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:goto|jump) ([^\s,]+)/g)].map(([, name = '']) => name);
}

function setsIn(text: string): readonly string[] {
  return [...text.matchAll(/@(\S+)/g)].map(([, name = '']) => name);
}
