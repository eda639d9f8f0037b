import type { Command } from 'commander';
import { createProgress } from '../../progress.ts';
import { installPackages, installTestPackages, lookAtHost } from '../../system-packages.ts';
import { examples } from '../options.ts';

export function registerInstall(program: Command): void {
  program
    .command('install')
    .description('install the system packages that real nodes need (`up` does it by itself)')
    .option('--for-tests', 'also what the tests compare with: a real etcd and its client')
    .addHelpText('after', examples('install'))
    .action(async ({ forTests }: { readonly forTests?: boolean }) => {
      await runInstall();
      if (forTests) await installForTests();
    });
}

/** Where real containers cannot run it says so and is content: the simulated runtime needs nothing. */
export async function runInstall(): Promise<void> {
  const progress = createProgress();
  const host = await lookAtHost();
  if (host.ready) {
    progress.line('All system packages for real nodes are there.');
  } else if (host.capable) {
    progress.line(`Installing with apt: ${host.missingPackages.join(' ')}`);
    await progress.stage('install system packages', (note) => installPackages(host.missingPackages, note));
  } else {
    progress.line(`Not installing: ${host.reasons.join(', ')}. Nodes can only be simulated here.`);
  }
}

/** Goes on where they cannot be had: the tests that need them say so and count as skipped. */
async function installForTests(): Promise<void> {
  const progress = createProgress();
  const { missing, why } = await progress.stage('install what tests compare with', installTestPackages);
  if (missing.length > 0)
    progress.line(`Not there for the tests: ${missing.join(', ')} (${why}). What needs them is skipped.`);
}
