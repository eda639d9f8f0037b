import type { Command } from 'commander';
import { examples, withName } from '../options.ts';
import type { DownOptions } from './command-options.ts';

export function registerDown(program: Command): void {
  withName(
    program
      .command('down')
      .description('stop the cluster; its data stays, and `up` brings it back')
      .option('--purge', 'remove its data too', false)
      .addHelpText('after', examples('down', 'down --purge', 'down --name other')),
  ).action(async (options: DownOptions) => {
    const { runDown } = await import('./run-down.ts');
    await runDown(options);
  });
}
