import { CodedError } from '@trireme/base';
import { type Flag, type FlagName, flagTable, idlePrefixes, refusedFlags } from './flag-table.ts';
import { nearNames } from './near-names.ts';

/** What was said, as text, and remarks on what has no effect. */
export interface FlagValues {
  readonly values: ReadonlyMap<FlagName, string>;
  readonly remarks: readonly string[];
}

type Said = Map<string, string>;

const known: Readonly<Record<string, Flag>> = flagTable;

/** Flags win over the environment, where `--data-dir` is ETCD_DATA_DIR. `readConfig` gives the settings of a --config-file. */
export function readFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  readConfig: (file: string) => Readonly<Record<string, unknown>>,
): FlagValues {
  const said = fromArguments(args);
  for (const [name, value] of fromEnvironment(environment)) if (!said.has(name)) said.set(name, value);
  const file = said.get('config-file');
  return collect(file ? fromConfig(readConfig(file)) : said);
}

function collect(said: Said): FlagValues {
  const values = new Map<FlagName, string>();
  const remarks: string[] = [];
  for (const [name, value] of said) {
    const flag = known[name];
    if (flag && !flag.idle) values.set(name as FlagName, value);
    else remarks.push(`--${name} has no effect: ${flag?.idle ?? 'what it is for is not offered here'}`);
  }
  return { values, remarks };
}

/** '--name=x', '--name x', and '-name x', as Go reads flags. */
function fromArguments(args: readonly string[]): Said {
  const said: Said = new Map();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '-h') arg = '--help';
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(arg);
    if (!match) throw wrong(`'${arg}' is not a flag. Flags begin with --.`);
    const [, written = '', given] = match;
    const name = grownUp(written);
    const flag = checked(name);
    const next = rest[0];
    const bare = flag ? flag.kind === 'switch' : next === undefined || next.startsWith('-');
    const value = given ?? (bare ? 'true' : rest.shift());
    if (value === undefined) throw wrong(`--${name} needs a value.`);
    said.set(name, value);
  }
  return said;
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Said {
  const said: Said = new Map();
  for (const [variable, value] of Object.entries(environment)) {
    const name = variable.startsWith('ETCD_') ? grownUp(variable.slice(5).toLowerCase().replaceAll('_', '-')) : '';
    // Others that begin so are etcdctl's or somebody's own; etcd passes over them, too.
    if (value && name && (Object.hasOwn(known, name) || Object.hasOwn(refusedFlags, name)) && checked(name))
      said.set(name, value);
  }
  return said;
}

const securitySections: Readonly<Record<string, string>> = {
  'client-transport-security': '',
  'peer-transport-security': 'peer-',
};

function fromConfig(config: Readonly<Record<string, unknown>>): Said {
  const said: Said = new Map();
  for (const [written, value] of Object.entries(config)) {
    const name = grownUp(written);
    const prefix = securitySections[name];
    if (value === null || value === undefined || value === '') continue;
    if (prefix === undefined) {
      checked(name);
      said.set(name, String(value));
      continue;
    }
    if (typeof value !== 'object') throw wrong(`${name} of the config file is not a section.`);
    for (const [inner, each] of Object.entries(value)) {
      checked(prefix + inner);
      if (each !== null && each !== '') said.set(prefix + inner, String(each));
    }
  }
  return said;
}

/** Several of etcd's flags were called experimental before they got their names. */
function grownUp(name: string): string {
  const rest = name.replace(/^experimental-/, '');
  return Object.hasOwn(known, rest) && !known[rest]?.idle ? rest : name;
}

/** The flag of a name; undefined for one that may be passed over unknown. */
function checked(name: string): Flag | undefined {
  if (Object.hasOwn(known, name)) return known[name];
  if (Object.hasOwn(refusedFlags, name)) throw wrong(`--${name} is not supported. ${refusedFlags[name]}`);
  if (idlePrefixes.some((prefix) => name.startsWith(prefix))) return undefined;
  const near = nearNames(name, Object.keys(known));
  const hint = near.length > 0 ? `Is --${near.join(' or --')} meant?` : 'See --help.';
  throw wrong(`there is no flag --${name}. ${hint}`);
}

function wrong(what: string): CodedError<'bad-flag'> {
  return new CodedError('bad-flag', `store serve: ${what}`);
}
