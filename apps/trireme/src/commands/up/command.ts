import { type Command, Option } from 'commander';
import { duration, examples, historyRetention, integerIn, withName } from '../options.ts';
import type { UpOptions } from './command-options.ts';

export function registerUp(program: Command): void {
  withName(
    program
      .command('up')
      .description('set up what is missing, raise the cluster, and wait until it is ready')
      .addOption(new Option('--members <n>', 'control-plane members (default: 3)').argParser(integerIn(1, 7)))
      .addOption(new Option('--nodes <n>', 'nodes (default: 2)').argParser(integerIn(0, 50)))
      .addOption(
        new Option('--runtime <kind>', 'what runs containers (default: containerd where it can)').choices([
          'containerd',
          'simulated',
        ]),
      )
      .addOption(
        new Option('--port <port>', 'the port of the API (default: 6443, or the next free block)').argParser(
          integerIn(1024, 65000),
        ),
      )
      .addOption(historyRetention("backups of the cluster's store"))
      .option('--no-install', 'do not install missing system packages')
      .addOption(
        new Option('--timeout <duration>', 'how long to wait for Ready').default(180_000, '3m').argParser(duration),
      )
      .addHelpText(
        'after',
        examples('up', 'up --members 1 --nodes 1', 'up --name other --runtime simulated', 'up --history-retention 24h'),
      ),
  ).action(async (options: UpOptions) => {
    const { runUp } = await import('./run-up.ts');
    await runUp(options);
  });
}
