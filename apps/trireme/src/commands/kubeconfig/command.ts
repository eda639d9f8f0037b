import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { homeOf, needSpec } from '../../home.ts';
import { withName } from '../options.ts';

export function registerKubeconfig(program: Command): void {
  withName(
    program
      .command('kubeconfig')
      .description("print the path of the administrator's kubeconfig")
      .option('--print', 'print the file itself')
      .addHelpText(
        'after',
        `\nExamples:\n  export KUBECONFIG=$(./trireme kubeconfig)\n  ./trireme kubeconfig --print > cluster.yaml`,
      ),
  ).action((options: { readonly name: string; readonly print?: boolean }) => {
    needSpec(options.name);
    const path = homeOf(options.name).adminKubeconfig;
    process.stdout.write(options.print ? readFileSync(path, 'utf8') : `${path}\n`);
  });
}
