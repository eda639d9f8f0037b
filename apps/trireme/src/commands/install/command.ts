import type { Command } from 'commander';
import { createProgress } from '../../progress.ts';
import { installPackages, lookAtHost } from '../../system-packages.ts';
import { examples } from '../options.ts';

export function registerInstall(program: Command): void {
  program
    .command('install')
    .description('install the system packages that real nodes need (`up` does it by itself)')
    .addHelpText('after', examples('install'))
    .action(runInstall);
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
