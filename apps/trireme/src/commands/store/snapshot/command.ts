import { type Command, InvalidArgumentError, Option } from 'commander';
import { clusterName, examples } from '../../options.ts';
import type { RestoreOptions, SaveOptions, StatusOptions } from './command-options.ts';

/** `store snapshot`: backups of a store, in etcd's own format. */
export function registerSnapshot(store: Command): void {
  const snapshot = store.command('snapshot').description("save, look at and restore backups, in etcd's own format");
  registerSave(snapshot);
  registerStatus(snapshot);
  registerRestore(snapshot);
}

export function clusterOption(description: string): Option {
  return new Option('--cluster <name>', description).argParser(clusterName);
}

function registerSave(snapshot: Command): void {
  snapshot
    .command('save')
    .description('save a copy of a running store, of one revision, from any member')
    .argument('<file>', 'where to; it is there only when it is whole')
    .addOption(
      new Option('--endpoints <urls>', 'members of the store, with commas between; the first that answers is copied')
        .env('ETCDCTL_ENDPOINTS')
        .default('127.0.0.1:2379'),
    )
    .addOption(new Option('--cacert <file>', 'the authority of their certificates').env('ETCDCTL_CACERT'))
    .addOption(new Option('--cert <file>', 'certificate to show').env('ETCDCTL_CERT'))
    .addOption(new Option('--key <file>', 'its key').env('ETCDCTL_KEY'))
    .addOption(clusterOption('a cluster that ./trireme up has raised here: nothing else has to be given'))
    .addHelpText(
      'after',
      examples(
        'store snapshot save backup.db --cluster trireme',
        'store snapshot save backup.db --endpoints https://10.0.0.1:2379 --cacert ca.crt --cert me.crt --key me.key',
      ),
    )
    .action(async (file: string, options: SaveOptions) => {
      const { saveSnapshot } = await import('./run-save.ts');
      await saveSnapshot(file, options);
    });
}

function registerStatus(snapshot: Command): void {
  snapshot
    .command('status')
    .description('check a snapshot file, all of it, and tell what it holds')
    .argument('<file>')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .addOption(new Option('-w, --write-out <format>').choices(['table', 'json', 'simple']).hideHelp())
    .option('--skip-hash-check', 'for a copy of a data folder, which has no checksum')
    .addHelpText('after', examples('store snapshot status backup.db', 'store snapshot status backup.db -o json'))
    .action(async (file: string, options: StatusOptions) => {
      const { printStatus } = await import('./run-status.ts');
      await printStatus(file, options);
    });
}

function registerRestore(snapshot: Command): void {
  snapshot
    .command('restore')
    .description('make the data of a new cluster from a snapshot: of one member, or of a whole cluster of ./trireme up')
    .argument('<file>')
    .option('--data-dir <path>', 'where to make it; it must be empty (default: NAME.etcd)')
    .option('--name <name>', 'the name of this member', 'default')
    .option('--initial-cluster <list>', 'all members of the new cluster: NAME=URL,NAME=URL (default: this one alone)')
    .option('--initial-cluster-token <text>', 'tells clusters apart that begin alike', 'etcd-cluster')
    .option('--initial-advertise-peer-urls <urls>', 'where the other members reach this one', 'http://localhost:2380')
    .addOption(clusterOption('a cluster of ./trireme up that is down: restores all its members'))
    .addOption(
      new Option('--at <revision or time>', 'go back to a revision, or to a time like 2026-01-31T15:00:00Z').argParser(
        pointInTime,
      ),
    )
    .addOption(
      new Option(
        '--bump-revision <n>',
        'add to the revision, so that it is above all that clients have seen (default: 0; with --cluster: 1000000000)',
      ).argParser(wholeNumber),
    )
    .option('--mark-compacted', 'compact what is before the raised revision: watches are told to begin anew')
    .option('--skip-hash-check', 'for a copy of a data folder, which has no checksum')
    .addHelpText(
      'after',
      examples(
        'store snapshot restore backup.db --data-dir /var/lib/store',
        'store snapshot restore backup.db --cluster trireme --at 2026-01-31T15:00:00Z',
      ),
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { runRestore } = await import('./run-restore.ts');
      await runRestore(file, options);
    });
}

/** RFC 3339, and the seconds may be left out. The zone may not: what a clock shows somewhere is no point in time. */
const timePattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Digits are a revision; else it is a time. */
export function pointInTime(text: string): { readonly revision: number } | { readonly unixMs: number } {
  if (/^\d+$/.test(text)) return { revision: wholeNumber(text) };
  const unixMs = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(unixMs))
    throw new InvalidArgumentError('A revision, or a time like 2026-01-31T15:00:00Z is needed.');
  return { unixMs };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('A whole number is needed.');
}
