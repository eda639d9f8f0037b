import { type Command, Option } from 'commander';
import { examples, integerIn, withName } from '../options.ts';
import { type LogsOptions, logParts } from './command-options.ts';

export function registerLogs(program: Command): void {
  withName(
    program
      .command('logs <part>')
      .description(`print the log of a part of the cluster: ${logParts.join(', ')}`)
      .option('--member <n>', 'of which member (server, apiserver, controllers)', integerIn(1, 99), 1)
      .option('--node <n>', 'of which node (agent, kubelet, proxy, containerd)', integerIn(1, 999), 1)
      .option('-f, --follow', 'go on printing what is added', false)
      .addOption(
        new Option('--tail <lines>', 'how many of the last lines').default(200).argParser(integerIn(0, 1_000_000)),
      )
      .addHelpText(
        'after',
        examples('logs apiserver --member 2 -f', 'logs kubelet --node 1 --tail 50', 'logs containerd --node 2'),
      ),
  ).action(async (part: string, options: LogsOptions) => {
    const { printLogs } = await import('./print-logs.ts');
    await printLogs(part, options);
  });
}
