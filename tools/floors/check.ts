import { builtinModules } from 'node:module';

/** What stands where. Floors from the ground up; a floor may import its own and those listed. */
export const floors = ['base', 'core', 'host', 'adapter', 'testkit', 'app'] as const;
export type Floor = (typeof floors)[number];

const mayStandOn: Readonly<Record<Floor, readonly Floor[]>> = {
  base: ['base'],
  core: ['base', 'core'],
  host: ['base', 'core', 'host'],
  adapter: ['base', 'core', 'host', 'adapter'],
  testkit: ['base', 'core', 'host', 'testkit'],
  app: ['base', 'core', 'host', 'adapter', 'testkit', 'app'],
};

/** Houses that must not see each other: the cluster's parts and the store meet only through ports and the API. */
const scopesSeen: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared'],
  api: ['shared', 'api'],
  server: ['shared', 'api', 'server'],
  store: ['shared', 'store'],
  cluster: ['shared', 'api', 'cluster'],
};

export interface Room {
  /** '@trireme/store' */
  readonly packageName: string;
  readonly scope: string;
  readonly floor: Floor;
  /** Floors of folders inside ('src/raft': 'core'), longest prefix first. */
  readonly folders: readonly (readonly [folder: string, floor: Floor])[];
  readonly dependencies: ReadonlySet<string>;
}

export interface SourceFile {
  readonly room: Room;
  /** Inside the package: 'src/raft/step.ts'. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly file: string;
  readonly imported: string;
  readonly rule: string;
}

/** Third-party packages that a pure floor may use, because they are pure themselves. */
const pureLibraries = new Set(['yaml', 'dns-packet']);
const nodeModules = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
const importPattern =
  /(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

export function floorOf(room: Room, path: string): Floor {
  return room.folders.find(([folder]) => path.startsWith(`${folder}/`))?.[1] ?? room.floor;
}

export function isTest(path: string): boolean {
  return /\.test\.ts$|^test\/|\/testing\/|\/testdata\//.test(path);
}

/** Every import of `file` that its floor or scope forbids. Tests may import anything that their package declares. */
export function check(file: SourceFile, rooms: ReadonlyMap<string, Room>): Violation[] {
  const violations: Violation[] = [];
  const floor = floorOf(file.room, file.path);
  const forbid = (imported: string, rule: string): void => {
    violations.push({ file: `${file.room.packageName}/${file.path}`, imported, rule });
  };
  for (const imported of importsOf(file.text)) {
    if (imported.startsWith('.')) checkInside(file, floor, imported, forbid);
    else if (imported.startsWith('@trireme/')) checkPackage(file, floor, imported, rooms, forbid);
    else if (!isTest(file.path)) checkForeign(file, floor, imported, forbid);
  }
  return violations;
}

export function importsOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\*|\/\*\*|\/\/).*$/gm, '');
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '');
}

type Forbid = (imported: string, rule: string) => void;

function checkInside(file: SourceFile, floor: Floor, imported: string, forbid: Forbid): void {
  if (isTest(file.path)) return;
  const target = resolve(file.path, imported);
  if (target.startsWith('../')) {
    forbid(imported, 'reaches into another package by path: import its name');
    return;
  }
  const below = floorOf(file.room, target);
  if (!mayStandOn[floor].includes(below)) forbid(imported, `a ${floor} folder may not import a ${below} folder`);
}

function checkPackage(
  file: SourceFile,
  floor: Floor,
  imported: string,
  rooms: ReadonlyMap<string, Room>,
  forbid: Forbid,
): void {
  const name = imported.split('/').slice(0, 2).join('/');
  const room = rooms.get(name);
  if (!room) {
    forbid(imported, 'is not a package of this workspace');
    return;
  }
  if (name !== file.room.packageName && !file.room.dependencies.has(name)) {
    forbid(imported, 'is not declared in the dependencies of package.json');
  }
  if (isTest(file.path)) return;
  if (!mayStandOn[floor].includes(room.floor)) forbid(imported, `floor ${floor} may not import floor ${room.floor}`);
  const seen = scopesSeen[file.room.scope];
  if (seen && !seen.includes(room.scope)) forbid(imported, `scope ${file.room.scope} may not see scope ${room.scope}`);
}

function checkForeign(file: SourceFile, floor: Floor, imported: string, forbid: Forbid): void {
  const isNode = nodeModules.has(imported) || imported.startsWith('node:');
  const pure = floor === 'base' || floor === 'core' || floor === 'host';
  if (isNode) {
    if (pure) forbid(imported, `floor ${floor} does no I/O: take a port`);
    return;
  }
  const name = imported.startsWith('@')
    ? imported.split('/').slice(0, 2).join('/')
    : (imported.split('/')[0] ?? imported);
  if (!file.room.dependencies.has(name)) forbid(imported, 'is not declared in the dependencies of package.json');
  if ((floor === 'base' || floor === 'core') && !pureLibraries.has(name)) {
    forbid(imported, `floor ${floor} may use only libraries known to be pure (${[...pureLibraries].join(', ')})`);
  }
}

function resolve(from: string, relative: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
