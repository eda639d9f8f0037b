import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import type { Command } from 'commander';
import { firstAddress } from '../../addresses.ts';
import { homeOf, needSpec } from '../../home.ts';
import { joinToken } from '../../join/token.ts';
import { readClusterSecrets, readSecrets } from '../../member/secrets.ts';
import { withName } from '../options.ts';

interface TokenOptions {
  readonly name: string;
  readonly dataDir?: string;
  readonly address?: string;
}

export function registerToken(program: Command): void {
  withName(
    program
      .command('token')
      .description('print the two lines that join another member and another node')
      .option('--data-dir <path>', 'the data folder of a member that was started by hand')
      .option('--address <host:port>', 'the address of a member that the joining machine can reach')
      .addHelpText(
        'after',
        '\nExamples:\n  ./trireme token\n  ./trireme token --data-dir /var/lib/trireme --address 10.0.0.1:6443',
      ),
  ).action((options: TokenOptions) => {
    const secrets = options.dataDir
      ? readSecrets(join(options.dataDir, 'pki'))
      : readClusterSecrets(homeOf(options.name), needSpec(options.name));
    if (!secrets)
      throw new CodedError(
        'no-member',
        `read the cluster's secrets: none under ${options.dataDir ?? homeOf(options.name).directory}. Run this on a machine with a member, and name its --data-dir`,
      );
    const address = options.address ?? (options.dataDir ? `${firstAddress()}:6443` : clusterAddress(options.name));
    process.stdout.write(
      `./trireme server --join ${address} --token ${joinToken(secrets, 'server')}\n` +
        `./trireme agent --join ${address} --token ${joinToken(secrets, 'agent')}\n`,
    );
  });
}

function clusterAddress(name: string): string {
  const spec = needSpec(name);
  return `${spec.controlPlaneHost}:${spec.port}`;
}
