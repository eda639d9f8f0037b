import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificates } from './certificates.ts';
import { clearRuins, clearYard, folderOf, yardName } from './clear.ts';
import { attempt, command } from './command.ts';
import { addHost, addSwitch, closeHost } from './network.ts';
import { findProgram } from './program.ts';
import { addressOf, clientHost, clientPort, type MemberSite, peerPort, type Site } from './site.ts';

export interface Yard {
  readonly site: Site;
  /** Takes everything away; with `keepLogs` all but logs and histories, whose place is returned. */
  close(options?: { readonly keepLogs?: boolean }): string | undefined;
}

const memberCount = 3;
const diskBytes = 384 << 20;

/** Why there can be no yard on this machine; undefined where there can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'this is not root';
  const tools = [
    ['ip', '-V'],
    ['nft', '--version'],
    ['tc', '-V'],
    ['nsenter', '--version'],
    ['mkfs.ext4', '-V'],
    ['fallocate', '--version'],
  ];
  const missing = tools.filter(([program = '', ...args]) => attempt(program, ...args) === undefined);
  return missing.length > 0 ? `${missing.map(([program]) => program).join(', ')} missing` : undefined;
}

/**
 * Namespaces for three members and their clients around a switch, and a small disk for each member: no packet of theirs
 * can leave, and no disk but theirs can fill up. Goes with this process at the latest.
 */
export async function openYard(): Promise<Yard> {
  clearRuins();
  clearYard(process.pid);
  const { pid } = process;
  const folder = folderOf(pid);
  let open = true;
  const close = (keepLogs = false): string | undefined => {
    if (!open) return undefined;
    open = false;
    process.off('exit', closeAtExit);
    return clearYard(pid, keepLogs);
  };
  const closeAtExit = (): void => void close();
  process.on('exit', closeAtExit);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeHost();
    const switchNamespace = `${yardName(pid)}-switch`;
    const clientNamespace = `${yardName(pid)}-clients`;
    addSwitch(switchNamespace);
    addHost(clientNamespace, clientHost, switchNamespace);
    const certificates = await createCertificates(folder);
    const names = Array.from({ length: memberCount }, (_, i) => `m${i + 1}`);
    const cluster = names.map((name, i) => `${name}=https://${addressOf(i + 1)}:${peerPort}`).join();
    const members: MemberSite[] = [];
    for (const [i, name] of names.entries()) {
      const namespace = `${yardName(pid)}-${name}`;
      addHost(namespace, i + 1, switchNamespace);
      members.push(await planMember({ folder, name, namespace, address: addressOf(i + 1), cluster }, certificates));
    }
    for (const { image, mount } of members) addDisk(image, mount);
    const site: Site = {
      ...{ folder, switchNamespace, clientNamespace, members },
      program: findProgram(),
      tls: certificates.client,
    };
    return {
      site,
      close: ({ keepLogs = false } = {}) => close(keepLogs),
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface Plan extends Pick<MemberSite, 'name' | 'namespace' | 'address'> {
  readonly folder: string;
  readonly cluster: string;
}

async function planMember(
  { folder, cluster, name, namespace, address }: Plan,
  certificates: Awaited<ReturnType<typeof createCertificates>>,
): Promise<MemberSite> {
  const clientUrl = `https://${address}:${clientPort}`;
  const peerUrl = `https://${address}:${peerPort}`;
  const mount = join(folder, `disk-${name}`);
  const flags = [
    ...['--name', name, '--data-dir', join(mount, 'data')],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', cluster, '--initial-cluster-token', yardName(process.pid)],
    // Often, so that members which were away are sent snapshots and starts read from checkpoints.
    ...['--snapshot-count', '100'],
    ...(await certificates.flagsOf(name, address)),
  ];
  const image = join(folder, `${name}.img`);
  return { name, namespace, address, image, mount, clientUrl, peerUrl, flags, logFile: join(folder, `${name}.log`) };
}

function addDisk(image: string, mount: string): void {
  writeFileSync(image, '');
  truncateSync(image, diskBytes);
  // Nothing is held back for root, who is who writes here.
  command('mkfs.ext4', '-q', '-m', '0', image);
  mkdirSync(mount);
  command('mount', '-o', 'loop', image, mount);
}
