import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CgroupMode, readCgroupHierarchies } from './cgroups.ts';
import { runCommand } from './run-command.ts';

/** Debian's packages that bring what a node needs. */
export type NodePackage =
  | 'containerd'
  | 'runc'
  | 'containernetworking-plugins'
  | 'nftables'
  | 'conntrack'
  | 'iproute2'
  | 'busybox-static';

export interface HostFacts {
  readonly linux: boolean;
  readonly root: boolean;
  readonly debian: boolean;
  readonly aptGet: boolean;
  /** Absent where it is not installed. */
  readonly containerdVersion: string | undefined;
  readonly runcVersion: string | undefined;
  /** The folder with CNI's plugins. */
  readonly cniBin: string | undefined;
  readonly busybox: string | undefined;
  readonly nft: boolean;
  readonly conntrack: boolean;
  readonly ip: boolean;
  readonly nsenter: boolean;
  readonly cgroupMode: CgroupMode;
  /** True where a negative oom_score_adj is refused (measured, not assumed). */
  readonly restrictOomScoreAdj: boolean;
  readonly overlayfs: boolean;
}

export interface HostVerdict {
  /** Real containers can run here, once `missingPackages` are installed. */
  readonly capable: boolean;
  readonly ready: boolean;
  readonly missingPackages: readonly NodePackage[];
  /** Why not, in words for a person; empty when ready. */
  readonly reasons: readonly string[];
}

const cniFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** Looks at the host. `probeDirectory` is where overlayfs is tried: by default a temporary folder. */
export async function detectHost(options: { readonly probeDirectory?: string | undefined } = {}): Promise<HostFacts> {
  const linux = process.platform === 'linux';
  const root = process.getuid?.() === 0;
  const [containerd, runc, cniBin, busybox, nft, conntrack, ip, nsenter, aptGet, release, cgroups] = await Promise.all([
    versionOf('containerd', ['--version']),
    versionOf('runc', ['--version']),
    firstFolder(cniFolders, 'bridge'),
    findBusybox(),
    answers('nft', ['--version']),
    answers('conntrack', ['--version']),
    answers('ip', ['-Version']),
    answers('nsenter', ['--version']),
    answers('apt-get', ['--version']),
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    readCgroupHierarchies(),
  ]);
  return {
    linux,
    root,
    debian: /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release),
    aptGet,
    containerdVersion: containerd,
    runcVersion: runc,
    cniBin,
    busybox,
    nft,
    conntrack,
    ip,
    nsenter,
    cgroupMode: cgroups.mode,
    restrictOomScoreAdj: !(linux && root && (await canLowerOomScore())),
    overlayfs: linux && root && (await canMountOverlay(options.probeDirectory)),
  };
}

/** What follows from the facts: can this host run real nodes, and what is missing for it. */
export function judgeHost(facts: HostFacts): HostVerdict {
  const missing: readonly [boolean, NodePackage][] = [
    [facts.containerdVersion === undefined, 'containerd'],
    [facts.runcVersion === undefined, 'runc'],
    [facts.cniBin === undefined, 'containernetworking-plugins'],
    [!facts.nft, 'nftables'],
    [!facts.conntrack, 'conntrack'],
    [!facts.ip, 'iproute2'],
    [facts.busybox === undefined, 'busybox-static'],
  ];
  const missingPackages = missing.filter(([absent]) => absent).map(([, name]) => name);
  const obstacles = [
    ...(facts.linux ? [] : ['this is not Linux']),
    ...(facts.root ? [] : ['this is not root']),
    ...(facts.linux && facts.cgroupMode === 'none' ? ['no cgroups are mounted'] : []),
    ...(facts.linux && !facts.nsenter ? ['nsenter (util-linux) is missing'] : []),
  ];
  const installable = missingPackages.length === 0 || (facts.debian && facts.aptGet);
  const reasons = [...obstacles, ...(missingPackages.length > 0 ? [`missing: ${missingPackages.join(', ')}`] : [])];
  return {
    capable: obstacles.length === 0 && installable,
    ready: reasons.length === 0,
    missingPackages,
    reasons,
  };
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  return (await runCommand(command, args, { timeoutMs: 5000 })).code === 0;
}

async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await runCommand(command, args, { timeoutMs: 5000 });
  return code === 0 ? (/\bv?(\d+\.\d+[^\s]*)/.exec(stdout)?.[1] ?? 'unknown') : undefined;
}

async function firstFolder(folders: readonly string[], file: string): Promise<string | undefined> {
  for (const folder of folders) if (await isFile(join(folder, file))) return folder;
  return undefined;
}

/** Only a static one can be the whole of an image. */
async function findBusybox(): Promise<string | undefined> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox', '/usr/local/bin/busybox']) {
    if ((await isFile(path)) && (await isStatic(path))) return path;
  }
  return undefined;
}

async function isStatic(path: string): Promise<boolean> {
  // A dynamic program names its loader in a program header of this kind, near the start of the file.
  const head = (await readFile(path)).subarray(0, 4096);
  return !head.includes('/ld-linux') && !head.includes('/ld-musl') && !head.includes('/lib64/ld');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

async function canLowerOomScore(): Promise<boolean> {
  return (await runCommand('sh', ['-c', 'echo -998 > /proc/self/oom_score_adj'], { timeoutMs: 5000 })).code === 0;
}

async function canMountOverlay(probeDirectory = tmpdir()): Promise<boolean> {
  await mkdir(probeDirectory, { recursive: true });
  const base = await mkdtemp(join(probeDirectory, 'overlay-probe-'));
  try {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(base, name));
    for (const path of [lower, upper, work, merged]) await mkdir(path as string);
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = await runCommand('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged as string]);
    if (mounted.code === 0) await runCommand('umount', [merged as string]);
    return mounted.code === 0;
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}
