import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { homeOf, needSpec } from '../../home.ts';
import { findKubectl } from '../../kubectl.ts';
import { examples, withName } from '../options.ts';

export function registerKubectl(program: Command): void {
  withName(
    program
      .command('kubectl [args...]')
      .description('run kubectl against the cluster (the one on PATH if it is 1.27 or newer, else a bundled 1.36)')
      .option('--which', 'print which kubectl that is, and do nothing')
      .passThroughOptions()
      .allowUnknownOption()
      .addHelpText(
        'after',
        examples('kubectl get nodes', 'kubectl --name other get pods -A', 'kubectl apply -f examples/hello.yaml'),
      ),
  ).action(runKubectl);
}

/** `--name` counts where it stands before kubectl's own words. */
async function runKubectl(
  args: readonly string[],
  options: { readonly name: string; readonly which?: boolean },
): Promise<void> {
  needSpec(options.name);
  const kubectl = await findKubectl();
  if (options.which) {
    process.stdout.write(`${kubectl.path}\n`);
    return;
  }
  const child = spawn(kubectl.path, args, {
    stdio: 'inherit',
    env: { ...process.env, KUBECONFIG: homeOf(options.name).adminKubeconfig },
  });
  // The terminal sends its signals to both of us: kubectl decides when it ends.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => name !== 'SIGINT' && child.kill(name));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...end) => resolve(end));
  });
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
}
