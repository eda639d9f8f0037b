import { type Command, Option } from 'commander';
import { examples, integerIn } from '../../options.ts';
import { clusterOption } from '../snapshot/command.ts';
import type { RecoverOptions } from './command-options.ts';

/** `store recover`: the way back when most members are lost for good. */
export function registerRecover(store: Command): void {
  store
    .command('recover')
    .description('make a member the only one of its cluster, when the majority is lost for good')
    .option('--data-dir <path>', 'of the member, which must not run')
    .addOption(clusterOption('a cluster of ./trireme up that is down'))
    .addOption(new Option('--member <n>', 'which of its members is kept').argParser(integerIn(1, 7)))
    .option('--force-new-cluster', 'do it; without this it is only told what would be done')
    .addHelpText(
      'after',
      examples(
        'store recover --data-dir /var/lib/store',
        'store recover --data-dir /var/lib/store --force-new-cluster',
        'store recover --cluster trireme --member 3 --force-new-cluster',
      ),
    )
    .action(async (options: RecoverOptions) => {
      const { runRecover } = await import('./run-recover.ts');
      await runRecover(options);
    });
}
