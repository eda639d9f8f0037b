import type { Command } from 'commander';
import { createProgress } from '../../progress.ts';
import { canInstall, installPackages, missingPackages, whyNoContainers } from '../../system-packages.ts';
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
  const missing = missingPackages();
  if (missing.length === 0 && process.platform === 'linux') {
    progress.line('All system packages for real nodes are there.');
    return;
  }
  const why = whyNoContainers();
  if (why !== undefined || !canInstall()) {
    progress.line(
      `Not installing: ${why ?? 'this is not a Debian or Ubuntu with root'}. Nodes can only be simulated here.`,
    );
    return;
  }
  progress.line(`Installing with apt: ${missing.join(' ')}`);
  await progress.stage('install system packages', (note) => installPackages(missing, note));
}
