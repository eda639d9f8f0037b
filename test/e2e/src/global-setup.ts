import { spawnSync } from 'node:child_process';
import { clusterName, run, trireme } from './run.ts';

/** Raises the cluster that all files use. Where real containers cannot run, it says so and the tests are skipped. */
export async function setup(): Promise<() => Promise<void>> {
  const why = whyNot();
  if (why !== undefined) {
    console.error(
      `\n*** The end-to-end tests are SKIPPED: ${why}. They need Linux, root, containerd and its companions. ***\n`,
    );
    process.env.E2E_SKIP = why;
    return async () => undefined;
  }
  await trireme(['down', '--purge', '--name', clusterName], { timeoutMs: 120_000 });
  const up = await run('./trireme', ['up', '--name', clusterName], { timeoutMs: 280_000 });
  process.stderr.write(up.stderr);
  if (up.code !== 0) {
    await showLogs();
    await down();
    throw new Error(`./trireme up failed with ${up.code}`);
  }
  process.env.E2E_KUBECONFIG = (await trireme(['kubeconfig', '--name', clusterName])).stdout.trim();
  process.env.E2E_KUBECTL = (await trireme(['kubectl', '--name', clusterName, '--which'])).stdout.trim();
  return async () => {
    if (process.env.E2E_KEEP) console.error(`the cluster is kept: ./trireme status --name ${clusterName}`);
    else await down();
  };
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'this is not root';
  const missing = ['containerd', 'runc', 'nft', 'ip'].filter(
    (name) => spawnSync(name, ['--version']).error !== undefined,
  );
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

async function down(): Promise<void> {
  const done = await trireme(['down', '--purge', '--name', clusterName], { timeoutMs: 120_000 });
  if (done.code !== 0) console.error(`./trireme down failed:\n${done.stderr}`);
}

/** What a person would look at first. */
async function showLogs(): Promise<void> {
  for (const args of [['status'], ['logs', 'up'], ['logs', 'server'], ['logs', 'agent']]) {
    const done = await trireme([...args, '--name', clusterName, ...(args[0] === 'logs' ? ['--tail', '40'] : [])]);
    console.error(`--- ./trireme ${args.join(' ')}\n${done.stdout}${done.stderr}`);
  }
}
