import type { Command } from 'commander';
import type { ProxyOptions } from './command-options.ts';

/** What `agent` keeps beside the kubelet. Not for people. */
export function registerProxy(program: Command): void {
  program
    .command('proxy', { hidden: true })
    .description('run the service proxy, the routes and the DNS of a node')
    .requiredOption('--directory <path>', "the node's folder")
    .requiredOption('--node-ip <address>', 'the address of the node')
    .requiredOption('--pod-cidr <cidr>', "the range of the node's pods")
    .action(async (options: ProxyOptions) => {
      const { runProxy } = await import('./run-proxy.ts');
      await runProxy(options);
    });
}
