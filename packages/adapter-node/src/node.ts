import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { ensureCgroup, readCgroupHierarchies } from './cgroups.ts';
import { cniConfig } from './cni-config.ts';
import { containerdConfig } from './containerd-config.ts';
import type { HostFacts } from './detect-host.ts';
import type { NodePaths } from './node-paths.ts';
import { containerdOf } from './process/node-processes.ts';
import { isAlive, listProcesses, pause } from './process/processes.ts';
import { commandEnvironment } from './run-command.ts';

export interface NodeSetup {
  readonly paths: NodePaths;
  readonly host: HostFacts;
  readonly podCidr: string;
  readonly sandboxImage?: string | undefined;
  readonly mtu?: number | undefined;
}

/** A program and its arguments, to be started by whoever supervises it. */
export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Writes all files of the node and makes its folders and its cgroup. Safe to repeat; nothing is started. */
export async function prepareNode(setup: NodeSetup): Promise<void> {
  const { paths, host } = setup;
  if (host.containerdVersion === undefined || host.cniBin === undefined) {
    throw new CodedError('not-installed', `prepare node ${paths.node}: install containerd and the CNI plugins first`);
  }
  const folders = [paths.containerdRoot, paths.state, paths.cniConf, paths.cniIpam, paths.registryConfig];
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o711 });
  const config = containerdConfig({
    version: host.containerdVersion,
    root: paths.containerdRoot,
    state: paths.containerdState,
    socket: paths.socket,
    sandboxImage: setup.sandboxImage,
    cniBin: host.cniBin,
    cniConf: paths.cniConf,
    registryConfig: paths.registryConfig,
    restrictOomScoreAdj: host.restrictOomScoreAdj,
    snapshotter: host.overlayfs ? 'overlayfs' : 'native',
  });
  const network = cniConfig({
    network: paths.cniNetwork,
    podCidr: setup.podCidr,
    ipamDirectory: paths.cniIpam,
    mtu: setup.mtu,
  });
  await writeFile(paths.containerdConfig, config);
  await writeFile(join(paths.cniConf, '10-trireme.conflist'), network);
  await ensureCgroup(await readCgroupHierarchies(), paths.cgroupParent);
}

/**
 * Starts a program in the node's network namespace. By nsenter, not by `ip netns exec`: that one mounts another /sys and
 * hides the cgroups, without which no container starts. nsenter becomes the program, so its pid is the program's.
 */
export function nodeCommand(paths: NodePaths, command: string, args: readonly string[]): NodeCommand {
  return { command: 'nsenter', args: [`--net=${paths.netnsPath}`, '--', command, ...args], env: commandEnvironment };
}

/** containerd pulls images itself, so what leads to registries (proxies, certificates) is passed on to it. */
export function containerdCommand(paths: NodePaths): NodeCommand {
  const { env, ...command } = nodeCommand(paths, 'containerd', ['--config', paths.containerdConfig]);
  const passed = /^(https?_proxy|no_proxy|ssl_cert_(file|dir))$/i;
  const kept = Object.entries(process.env).filter(([name]) => passed.test(name));
  return { ...command, env: { ...env, ...Object.fromEntries(kept) } };
}

export interface StartedContainerd {
  readonly pid: number;
  /** Absent where it was running already. */
  readonly child?: ChildProcess | undefined;
}

/** Starts the node's containerd unless it runs, and waits until it answers. It outlives this process. */
export async function startContainerd(paths: NodePaths, limitMs = 15_000): Promise<StartedContainerd> {
  const running = containerdOf(await listProcesses(), paths)[0];
  if (running) {
    await waitForContainerd(paths, running.pid, limitMs);
    return { pid: running.pid };
  }
  // What a killed one left would be connected to in vain.
  await rm(paths.socket, { force: true });
  const { command, args, env } = containerdCommand(paths);
  const log = await open(paths.containerdLog, 'a');
  try {
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log.fd, log.fd] });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    child.unref();
    if (child.pid === undefined) return await failed;
    await waitForContainerd(paths, child.pid, limitMs);
    return { pid: child.pid, child };
  } finally {
    await log.close();
  }
}

/** Resolves when the socket accepts connections; throws with the end of the log when the process ends first. */
export async function waitForContainerd(paths: NodePaths, pid: number, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await accepts(paths.socket))) {
    const ended = !isAlive(pid);
    if (ended || performance.now() > deadline) {
      const log = await readFile(paths.containerdLog, 'utf8').catch(() => '');
      const why = ended ? 'it ended' : `it does not answer after ${limitMs} ms`;
      const lines = log.trim().split('\n').slice(-5).join('\n');
      throw new CodedError(
        'containerd-failed',
        `start containerd of node ${paths.node}: ${why}. Its log ends:\n${lines}`,
      );
    }
    await pause(10);
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
