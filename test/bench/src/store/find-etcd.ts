import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@trireme/base';

const run = promisify(execFile);

/** The release that is measured against. */
export const wantedEtcd = '3.7.3';
const buildMs = 15 * 60_000;

export interface FoundEtcd {
  readonly path: string;
  readonly version: string;
  readonly origin: string;
}

/** The etcd that was named; else the wanted release, built where Go is; else what this machine has. Undefined: none at all. */
export async function findEtcd(
  named: string | undefined,
  say: (line: string) => void,
  options: { readonly mayBuild: boolean } = { mayBuild: true },
): Promise<FoundEtcd | undefined> {
  if (named !== undefined) {
    const version = await versionOf(named);
    if (version === undefined) throw new Error(`--etcd ${named}: "${named} --version" does not answer as etcd does`);
    return { path: named, version, origin: 'named by --etcd' };
  }
  const cached = join(cacheFolder(), `etcd-${wantedEtcd}`, 'etcd');
  const built = existsSync(cached) || (options.mayBuild && (await build(cached, say)));
  const places = [
    ...(built ? [[cached, `built from go.etcd.io/etcd/server/v3 v${wantedEtcd}`] as const] : []),
    ['etcd', 'found on PATH'] as const,
    // Debian's package etcd-server puts it here, whatever PATH says.
    ['/usr/bin/etcd', "Debian's etcd-server"] as const,
  ];
  for (const [path, origin] of places) {
    const version = await versionOf(path);
    if (version !== undefined) return { path, version, origin };
  }
  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 20_000 });
    return /etcd Version: (\S+)/i.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trireme');
}

/** Builds the wanted release from its published module. False, with a line that says why, where it cannot be. */
async function build(target: string, say: (line: string) => void): Promise<boolean> {
  const go = await findGo();
  if (go === undefined) {
    say(`etcd ${wantedEtcd} is not built: there is no Go`);
    return false;
  }
  say(`building etcd ${wantedEtcd} with ${go}: some minutes, and once only (it is kept as ${target})`);
  const started = performance.now();
  const progress = setInterval(
    () => say(`still building etcd: ${Math.round((performance.now() - started) / 1000)} s`),
    15_000,
  );
  const folder = await mkdtemp(join(tmpdir(), 'trireme-etcd-'));
  try {
    await writeFile(
      join(folder, 'go.mod'),
      `module etcd.build\n\ngo 1.24\n\nrequire go.etcd.io/etcd/server/v3 v${wantedEtcd}\n`,
    );
    // Go takes a requirement only where something imports it.
    await writeFile(join(folder, 'build.go'), 'package build\n\nimport _ "go.etcd.io/etcd/server/v3/etcdmain"\n');
    await run('nice', ['-n', '5', go, 'build', '-o', join(folder, 'etcd'), 'go.etcd.io/etcd/server/v3'], {
      cwd: folder,
      timeout: buildMs,
      env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
    });
    await mkdir(join(target, '..'), { recursive: true });
    await chmod(join(folder, 'etcd'), 0o755);
    await rename(join(folder, 'etcd'), target).catch(() => run('cp', [join(folder, 'etcd'), target]));
    return true;
  } catch (error) {
    say(`etcd ${wantedEtcd} could not be built: ${messageOf(error).split('\n').slice(0, 4).join(' ')}`);
    return false;
  } finally {
    clearInterval(progress);
    await rm(folder, { recursive: true, force: true });
  }
}

async function findGo(): Promise<string | undefined> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    try {
      await run(go, ['version'], { timeout: 20_000 });
      return go;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
