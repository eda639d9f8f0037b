import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Floor, floors, type Room, type SourceFile } from './check.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean;
  readonly trireme?: {
    readonly floor: string;
    readonly scope: string;
    readonly folders?: Readonly<Record<string, string>>;
  };
}

export interface Workspace {
  readonly rooms: ReadonlyMap<string, Room>;
  readonly files: readonly SourceFile[];
  /** Folders, relative to the root, that are pure: what tsconfig.core.json must compile without Node's types. */
  readonly pureFolders: readonly string[];
  /** Folders on another floor inside a pure package. */
  readonly impureFolders: readonly string[];
}

/** Reads every package under packages/ and apps/ with its sources. A package without a floor is an error. */
export function readWorkspace(root: string): Workspace {
  const rooms = new Map<string, Room>();
  const files: SourceFile[] = [];
  const pureFolders: string[] = [];
  const impureFolders: string[] = [];
  for (const manifestPath of globSync('{packages,apps}/*/package.json', { cwd: root }).sort()) {
    const folder = dirname(manifestPath);
    const manifest = JSON.parse(readFileSync(join(root, manifestPath), 'utf8')) as Manifest;
    const room = roomOf(manifest);
    rooms.set(room.packageName, room);
    if (isPure(room.floor)) pureFolders.push(`${folder}/src`);
    for (const [inside, floor] of room.folders) {
      if (!existsSync(join(root, folder, inside))) continue;
      if (isPure(floor) !== isPure(room.floor))
        (isPure(floor) ? pureFolders : impureFolders).push(`${folder}/${inside}`);
    }
    for (const path of globSync('{src,test,bin}/**/*.ts', { cwd: join(root, folder) })) {
      files.push({ room, path, text: readFileSync(join(root, folder, path), 'utf8') });
    }
  }
  return { rooms, files, pureFolders, impureFolders };
}

function roomOf(manifest: Manifest): Room {
  const { trireme } = manifest;
  if (!trireme) throw new Error(`${manifest.name}: package.json lacks "trireme": { "floor", "scope" }`);
  if (trireme.floor !== 'app' && manifest.sideEffects !== false) {
    throw new Error(
      `${manifest.name}: package.json lacks "sideEffects": false, without which every bundle carries all of it`,
    );
  }
  const folders = Object.entries(trireme.folders ?? {})
    .map(([folder, floor]) => [folder, floorNamed(floor, manifest.name)] as const)
    .sort(([a], [b]) => b.length - a.length);
  return {
    packageName: manifest.name,
    scope: trireme.scope,
    floor: floorNamed(trireme.floor, manifest.name),
    folders,
    dependencies: new Set([
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.devDependencies ?? {}),
    ]),
  };
}

function floorNamed(name: string, packageName: string): Floor {
  const floor = floors.find((candidate) => candidate === name);
  if (!floor) throw new Error(`${packageName}: unknown floor "${name}" (${floors.join(', ')})`);
  return floor;
}

function isPure(floor: Floor): boolean {
  return floor === 'base' || floor === 'core';
}
