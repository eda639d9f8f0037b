import { type Command, Option } from 'commander';
import { duration, integerIn } from '../options.ts';
import type { AgentOptions } from './command-options.ts';

const repeat = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function registerAgent(program: Command): void {
  program
    .command('agent')
    .description('run a node: kubelet, service proxy, DNS, and a containerd of its own')
    .option('--data-dir <path>', 'where the node keeps everything', '/var/lib/trireme/agent')
    .option('--node-name <name>', 'the name of the node (default: the host name)')
    .option('--node-ip <address>', 'the address of the node (default: the first address of this machine)')
    .option('--join <address>', 'a member of the cluster; repeatable', repeat, [])
    .addOption(new Option('--token <token>', 'the agent token of that cluster (./trireme token)').env('TRIREME_TOKEN'))
    .addOption(
      new Option('--runtime <kind>', 'what runs containers').choices(['containerd', 'simulated']).default('containerd'),
    )
    .addOption(
      new Option('--kubelet-port <port>', "where the kubelet's API is served")
        .default(10250)
        .argParser(integerIn(0, 65535)),
    )
    .option('--pull-proxy <url>', 'an HTTP proxy to pull images through (default: as the environment says)')
    .option('--pod-cidr <cidr>', "the range of this node's pods (default: the cluster gives one)")
    .addOption(
      new Option('--log-level <level>', 'what to log').choices(['debug', 'info', 'warn', 'error']).default('info'),
    )
    .addOption(
      new Option('--join-timeout <duration>', 'how long to wait for the cluster')
        .default(120_000, '2m')
        .argParser(duration),
    )
    .addHelpText('after', '\nExamples:\n  ./trireme agent --join 10.0.0.1:6443 --token trireme.agent.…')
    .action(async (options: AgentOptions) => {
      const { runAgent } = await import('./run-agent.ts');
      await runAgent(options);
    });
}
