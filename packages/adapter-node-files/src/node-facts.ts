import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, release, totalmem } from 'node:os';

/** What a machine is, in the form that a kubelet takes it. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly info: {
    readonly architecture: string;
    readonly bootID: string;
    readonly kernelVersion: string;
    readonly machineID: string;
    readonly operatingSystem: string;
    readonly osImage: string;
    readonly systemUUID: string;
  };
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' };

/** Measures this machine; the storage is that of the file system which holds `directory`. */
export async function readMachineFacts(directory: string): Promise<MachineFacts> {
  const storage = await statfs(directory).catch(() => undefined);
  const machineID = await text('/etc/machine-id');
  const uuid = await text('/sys/class/dmi/id/product_uuid');
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    ephemeralStorageBytes: storage ? storage.blocks * storage.bsize : 0,
    info: {
      architecture: architectures[arch()] ?? arch(),
      bootID: await text('/proc/sys/kernel/random/boot_id'),
      kernelVersion: release(),
      machineID,
      operatingSystem: 'linux',
      osImage: osImageOf(await text('/etc/os-release')),
      systemUUID: uuid || machineID,
    },
  };
}

async function text(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

/** PRETTY_NAME of an os-release file. */
export function osImageOf(osRelease: string): string {
  const match = /^PRETTY_NAME=(?:"([^"]*)"|'([^']*)'|(.*))$/m.exec(osRelease);
  return match ? (match[1] ?? match[2] ?? match[3] ?? '') : 'Linux';
}

export interface ResolvConf {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export async function readResolvConf(path = '/etc/resolv.conf'): Promise<ResolvConf> {
  return parseResolvConf(await text(path));
}

/** The last `search` line counts, as it does for the resolver. */
export function parseResolvConf(content: string): ResolvConf {
  const servers: string[] = [];
  const options: string[] = [];
  let searches: readonly string[] = [];
  for (const line of content.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') searches = values.filter((value) => value !== '.');
    if (keyword === 'options') options.push(...values);
  }
  return { servers, searches, options };
}
