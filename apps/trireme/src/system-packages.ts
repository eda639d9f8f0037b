import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CodedError } from '@trireme/base';

/** A Debian package that real nodes need, and a file that shows it is there (any of several). */
interface Needed {
  readonly name: string;
  readonly files: readonly string[];
}

const needed: readonly Needed[] = [
  { name: 'containerd', files: ['containerd'] },
  { name: 'runc', files: ['runc'] },
  { name: 'containernetworking-plugins', files: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'] },
  { name: 'nftables', files: ['nft'] },
  { name: 'conntrack', files: ['conntrack'] },
  { name: 'iproute2', files: ['ip'] },
  { name: 'busybox-static', files: ['/bin/busybox'] },
];

/** Why real containers cannot run on this machine; undefined where they can once `missingPackages` are installed. */
export function whyNoContainers(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'this is not root';
  const missing = missingPackages();
  if (missing.length > 0 && !canInstall())
    return `${missing.join(', ')} missing, and this is neither Debian nor Ubuntu`;
  return undefined;
}

export function missingPackages(): string[] {
  return needed.filter(({ files }) => !files.some(isThere)).map(({ name }) => name);
}

export function canInstall(): boolean {
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return false;
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Installs through apt. `onLine` is given what apt prints. */
export async function installPackages(names: readonly string[], onLine: (line: string) => void): Promise<void> {
  await apt(['update'], onLine);
  await apt(['install', '-y', '--no-install-recommends', ...names], onLine);
  const still = missingPackages().filter((name) => names.includes(name));
  if (still.length > 0)
    throw new CodedError('install-failed', `install ${still.join(', ')}: apt said it did, but they are still missing`);
}

function isThere(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file);
  const path = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;
  return path.split(delimiter).some((directory) => directory !== '' && existsSync(join(directory, file)));
}

async function apt(args: readonly string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        last.push(line);
        if (last.length > 15) last.shift();
        onLine(line.slice(0, 60));
      }
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new CodedError('install-failed', `apt-get ${args[0]} failed (exit ${code}):\n${last.join('\n')}`);
}
