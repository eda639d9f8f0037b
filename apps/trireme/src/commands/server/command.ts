import { type Command, Option } from 'commander';
import { clusterName, duration, historyRetention } from '../options.ts';
import type { ServerOptions } from './command-options.ts';

const repeat = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function registerServer(program: Command): void {
  program
    .command('server')
    .description('run a control-plane member: store, apiserver, scheduler, controllers')
    .option('--data-dir <path>', 'where the member keeps everything', '/var/lib/trireme/server')
    .option('--name <name>', 'the name of this member (default: the host name)')
    .addOption(
      new Option('--cluster-name <name>', 'the name of a new cluster').default('trireme').argParser(clusterName),
    )
    .option('--listen <host:port>', 'where to serve the API; repeatable (default: 0.0.0.0:6443)', repeat, [])
    .option(
      '--shared-listen <host:port>',
      'an address that all members on this machine serve together; repeatable',
      repeat,
      [],
    )
    .option('--peer-listen <host:port>', 'where other members connect', '0.0.0.0:6380')
    .option('--etcd-listen <host:port>', "where to serve etcd's v3 API, to administrators (default: nowhere)")
    .option(
      '--advertise-address <host>',
      'the address others reach this member at (default: the first address of this machine)',
    )
    .option(
      '--join <address>',
      'a member of the cluster to join; repeatable. Without it a new cluster is made',
      repeat,
      [],
    )
    .addOption(new Option('--token <token>', 'the server token of that cluster (./trireme token)').env('TRIREME_TOKEN'))
    .option('--pod-cidr <cidr>', 'the range of all pods of a new cluster', '10.244.0.0/16')
    .option('--service-cidr <cidr>', 'the range of service addresses of a new cluster', '10.96.0.0/16')
    .option('--cluster-domain <domain>', 'the DNS domain of a new cluster', 'cluster.local')
    .addOption(historyRetention("the backups of this member's store"))
    .addOption(
      new Option('--log-level <level>', 'what to log').choices(['debug', 'info', 'warn', 'error']).default('info'),
    )
    .addOption(
      new Option('--join-timeout <duration>', 'how long to wait for the cluster')
        .default(120_000, '2m')
        .argParser(duration),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  ./trireme server\n  ./trireme server --join 10.0.0.1:6443 --token trireme.server.…\n  ./trireme server --history-retention 24h\n\nThe first line makes a cluster; ./trireme token then prints the line for every other machine.',
    )
    .action(async (options: ServerOptions) => {
      const { runServer } = await import('./run-server.ts');
      await runServer(options);
    });
}
