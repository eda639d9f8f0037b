import type { Command } from 'commander';
import type { ControllersOptions } from './command-options.ts';

/** What `server` keeps beside itself. Not for people. */
export function registerControllers(program: Command): void {
  program
    .command('controllers', { hidden: true })
    .description('run the scheduler and the controllers of a member')
    .requiredOption('--data-dir <path>', "the member's data folder")
    .requiredOption('--server <url>', 'the API to work against')
    .requiredOption('--identity <name>', 'who holds the leases')
    .action(async (options: ControllersOptions) => {
      const { runControllers } = await import('./run-controllers.ts');
      await runControllers(options);
    });
}
