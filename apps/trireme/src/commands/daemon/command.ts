import type { Command } from 'commander';
import { withName } from '../options.ts';

/** What `up` leaves running in the background. Not for people. */
export function registerDaemon(program: Command): void {
  withName(
    program.command('daemon', { hidden: true }).description('keep the processes of a cluster on this machine running'),
  ).action(async (options: { readonly name: string }) => {
    const { runDaemon } = await import('./run-daemon.ts');
    await runDaemon(options.name);
  });
}
