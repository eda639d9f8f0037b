import { type Command, Option } from 'commander';
import { examples, withName } from '../options.ts';
import type { StatusOptions } from './command-options.ts';

export function registerStatus(program: Command): void {
  withName(
    program
      .command('status')
      .description(
        'members, who leads, term, revision, data size; nodes; every process with its pid, memory and restarts',
      )
      .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
      .addHelpText('after', examples('status', 'status -o json', 'status --name other')),
  ).action(async (options: StatusOptions) => {
    const { runStatus } = await import('./run-status.ts');
    await runStatus(options);
  });
}
