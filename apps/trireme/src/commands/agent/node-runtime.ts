import { join } from 'node:path';
import { createCriRuntime } from '@trireme/adapter-cri';
import {
  busyboxNames,
  containerdOf,
  defaultSandboxImage,
  detectHost,
  ensureBusyboxArchive,
  importImages,
  listProcesses,
  type NodePaths,
  prepareNode,
  waitForContainerd,
} from '@trireme/adapter-node';
import { createNodeFiles, createProber } from '@trireme/adapter-node-files';
import { CodedError } from '@trireme/base';
import { createAnsweringProber, createMemoryNodeFiles } from '@trireme/kubelet/testing';
import type { ContainerRuntime, Logger, NodeFiles, Prober, Random, Time } from '@trireme/ports';
import { createSimulatedRuntime } from '@trireme/simulated-runtime';
import { cacheDirectory } from '../../home.ts';
import type { Supervisor } from '../../supervise/supervisor.ts';

/** What a kubelet drives. */
export interface NodeRuntime {
  readonly runtime: ContainerRuntime;
  readonly files: NodeFiles;
  readonly prober: Prober;
  close(): void;
}

interface World {
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

/** A containerd of the node's own, kept running beside the kubelet, with the local images in it. */
export async function startRealRuntime(
  world: World,
  supervisor: Supervisor,
  paths: NodePaths,
  podCidr: string,
  pullProxy: string | undefined,
): Promise<NodeRuntime> {
  const host = await detectHost({ probeDirectory: paths.root });
  await prepareNode({ paths, host, podCidr });
  supervisor.keep({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', paths.containerdConfig],
    ...(pullProxy ? { env: { HTTPS_PROXY: pullProxy, NO_PROXY: 'localhost,127.0.0.0/8' } } : {}),
    logFile: join(paths.root, 'logs', 'containerd.log'),
  });
  await waitForContainerd(paths, await pidOfContainerd(world.time, paths));
  if (host.busybox) {
    const archive = await ensureBusyboxArchive({
      directory: join(cacheDirectory(), 'images'),
      busyboxPath: host.busybox,
    });
    await importImages(paths, archive, [defaultSandboxImage, ...busyboxNames]);
  }
  const runtime = createCriRuntime({ socketPath: paths.socket, logger: world.logger });
  return {
    runtime,
    files: createNodeFiles({ logger: world.logger }),
    prober: createProber(),
    close: () => runtime.close(),
  };
}

async function pidOfContainerd(time: Time, paths: NodePaths): Promise<number> {
  for (let i = 0; i < 100; i++) {
    const [found] = containerdOf(await listProcesses(), paths);
    if (found) return found.pid;
    await new Promise<void>((resolve) => time.after(20, resolve));
  }
  throw new CodedError(
    'containerd-failed',
    `start containerd of node ${paths.node}: it does not run. Its log: ${join(paths.root, 'logs', 'containerd.log')}`,
  );
}

/** Containers that start, log and exit in memory. Nothing really runs. */
export function startSimulatedRuntime(world: World, podCidr: string): NodeRuntime {
  const files = createMemoryNodeFiles();
  const runtime = createSimulatedRuntime({ time: world.time, random: world.random, options: { podCidr, logs: files } });
  return { runtime, files, prober: createAnsweringProber(runtime.answer), close: () => undefined };
}
