import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { detectHost, type HostVerdict, judgeHost } from '@trireme/adapter-node';
import { CodedError, messageOf } from '@trireme/base';

/** Whether real containers can run on this machine, and what is missing for it. */
export async function lookAtHost(): Promise<HostVerdict> {
  return judgeHost(await detectHost());
}

/** Installs through apt. `onLine` is given what apt prints. */
export async function installPackages(names: readonly string[], onLine: (line: string) => void): Promise<void> {
  await apt(['update'], onLine);
  await apt(['install', '-y', '--no-install-recommends', ...names], onLine);
  const still = (await lookAtHost()).missingPackages;
  if (still.length > 0) {
    throw new CodedError('install-failed', `install ${still.join(', ')}: apt said it did, but they are still missing`);
  }
}

/** Programs that only tests compare with, and the packages that bring them. */
const testPrograms = { etcd: 'etcd-server', etcdctl: 'etcd-client', jq: 'jq', curl: 'curl' } as const;

/** Installs what only tests need and is not there. Returns what is missing still, and why. */
export async function installTestPackages(
  onLine: (line: string) => void,
): Promise<{ readonly missing: readonly string[]; readonly why: string }> {
  const missing = () => Object.entries(testPrograms).flatMap(([program, name]) => (isProgram(program) ? [] : [name]));
  const names = missing();
  if (names.length === 0) return { missing: names, why: '' };
  try {
    await apt(['update'], onLine);
    await apt(['install', '-y', '--no-install-recommends', ...names], onLine);
    // The package starts a server of its own, which nobody here wants.
    if (names.includes(testPrograms.etcd) && existsSync('/run/systemd/system'))
      spawnSync('systemctl', ['disable', '--now', 'etcd']);
    return { missing: missing(), why: 'apt said that it has installed them' };
  } catch (error) {
    return { missing: missing(), why: messageOf(error) };
  }
}

function isProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
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
