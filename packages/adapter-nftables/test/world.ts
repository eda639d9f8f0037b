import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { invariant } from '@trireme/base';
import { silentLogger } from '@trireme/ports';
import { runTool } from '../src/run-tool.ts';

/** A node with two pods on a bridge and a client beside it, each a network namespace, with no way to anywhere else. */
export interface World {
  readonly node: string;
  readonly client: string;
  readonly pods: readonly [string, string];
  /** What `count` requests from a namespace were answered with. */
  ask(from: string, protocol: 'tcp' | 'udp', host: string, port: number, count?: number): Promise<readonly string[]>;
  serve(netns: string, name: string, address: string, port: number): Promise<void>;
  remove(): Promise<void>;
}

export const addresses = {
  node: '10.111.0.2',
  client: '10.111.0.1',
  pods: ['10.112.0.5', '10.112.0.6'],
  podCidr: '10.112.0.0/24',
  clusterCidr: '10.112.0.0/16',
  serviceCidr: '10.113.0.0/16',
} as const;

const probe = join(import.meta.dirname, 'probe.mjs');

export function inside(netns: string, ...argv: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', netns, ...argv];
}

export async function run(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool({ logger: silentLogger }, argv);
  invariant(code === 0, `'${argv.join(' ')}' ended with ${code}: ${stderr}`);
  return stdout;
}

/** Why the kernel's part of the tests cannot run here; undefined where it can. */
export async function missingForWorld(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root';
  for (const argv of [
    ['nft', '--version'],
    ['conntrack', '--version'],
    ['ip', 'netns', 'list'],
  ]) {
    const { code, stderr } = await runTool({ logger: silentLogger }, argv);
    if (code !== 0) return `${argv[0]} does not work: ${stderr.trim()}`;
  }
  return undefined;
}

export async function createWorld(): Promise<World> {
  const tag = `tnft-${randomBytes(3).toString('hex')}`;
  const [node, client, pod1, pod2] = [`${tag}-node`, `${tag}-client`, `${tag}-pod1`, `${tag}-pod2`];
  const servers: ChildProcess[] = [];
  const remove = async (): Promise<void> => {
    for (const server of servers.splice(0)) server.kill('SIGKILL');
    for (const netns of [node, client, pod1, pod2]) {
      await runTool({ logger: silentLogger }, ['ip', 'netns', 'delete', netns]);
    }
  };
  try {
    await build(node, client, [pod1, pod2]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    node,
    client,
    pods: [pod1, pod2],
    remove,
    async ask(from, protocol, host, port, count = 1) {
      const argv = [process.execPath, probe, 'ask', protocol, host, String(port), String(count)];
      return JSON.parse(await run(...inside(from, ...argv)));
    },
    async serve(netns, name, address, port) {
      const [command = '', ...args] = inside(netns, process.execPath, probe, 'serve', name, address, String(port));
      // It ends with the pipe to its standard input, even where this process is killed.
      const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.stdout?.once('data', () => resolve());
        server.once('exit', (code) => reject(new Error(`the server ${name} ended with ${code}`)));
      });
    },
  };
}

async function build(node: string, client: string, pods: readonly [string, string]): Promise<void> {
  for (const netns of [node, client, ...pods]) {
    await run('ip', 'netns', 'add', netns);
    await run(...inside(netns, 'ip', 'link', 'set', 'lo', 'up'));
  }
  const ip = (netns: string, ...args: readonly string[]): Promise<string> => run(...inside(netns, 'ip', ...args));
  const sysctl = (key: string, value: string): Promise<string> =>
    run(...inside(node, 'sh', '-c', `echo ${value} > /proc/sys/net/${key}`));
  await ip(node, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client);
  await ip(node, 'address', 'add', `${addresses.node}/24`, 'dev', 'eth0');
  await ip(client, 'address', 'add', `${addresses.client}/24`, 'dev', 'eth0');
  await ip(node, 'link', 'set', 'eth0', 'up');
  await ip(client, 'link', 'set', 'eth0', 'up');
  await ip(node, 'link', 'add', 'cni0', 'type', 'bridge');
  await ip(node, 'address', 'add', '10.112.0.1/24', 'dev', 'cni0');
  await ip(node, 'link', 'set', 'cni0', 'up');
  for (const [index, pod] of pods.entries()) {
    const link = `pod${index}`;
    await ip(node, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod);
    await ip(node, 'link', 'set', link, 'master', 'cni0', 'up');
    await ip(node, 'link', 'set', link, 'type', 'bridge_slave', 'hairpin', 'on');
    await ip(pod, 'address', 'add', `${addresses.pods[index]}/24`, 'dev', 'eth0');
    await ip(pod, 'link', 'set', 'eth0', 'up');
    // The pod's way out ends in the node's namespace, which has none itself.
    await ip(pod, 'route', 'add', 'default', 'via', '10.112.0.1');
  }
  await sysctl('ipv4/ip_forward', '1');
  await sysctl('ipv4/conf/all/rp_filter', '0');
  // The client reaches service addresses over the link it shares with the node, which would tell it to look there itself.
  for (const which of ['all', 'eth0']) await sysctl(`ipv4/conf/${which}/send_redirects`, '0');
  await sysctl('bridge/bridge-nf-call-iptables', '1');
  await ip(node, 'route', 'add', addresses.serviceCidr, 'dev', 'eth0', 'src', addresses.node);
  await ip(client, 'route', 'add', addresses.serviceCidr, 'via', addresses.node);
}
