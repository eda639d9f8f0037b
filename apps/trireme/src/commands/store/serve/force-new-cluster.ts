import { join } from 'node:path';
import type { Logger } from '@trireme/ports';
import { recoverMember } from '@trireme/store';
import { withMemberData } from '../snapshot/member-data.ts';
import type { ServeOptions } from './serve-options.ts';
import { logDirectory, memberDirectory, type StoreRecord, writeStoreRecord } from './store-record.ts';

/**
 * What `store recover` does, at a start: the member goes on alone, with all the data it has. Where it is alone already
 * nothing is changed, since the flag may well be left in a unit file; a member that never ran has nothing to go on with.
 */
export async function forceNewCluster(
  { logger }: { readonly logger: Logger },
  options: ServeOptions,
  record: StoreRecord,
): Promise<StoreRecord> {
  const folders = { log: logDirectory(options), state: join(memberDirectory(options.dataDir), 'state') };
  const { removed, lastIndex, uncertainEntries } = await withMemberData(folders, (deps) =>
    recoverMember({ ...deps, id: BigInt(record.id) }),
  );
  if (removed.length === 0) {
    logger.log('info', '--force-new-cluster: this member is the only one of its cluster already');
    return record;
  }
  logger.log(
    'warn',
    '--force-new-cluster: this member is the only one now; the others must never start with their data',
    {
      removed: removed.map((id) => id.toString(16)).join(' '),
      kept: `up to entry ${lastIndex}, of which ${uncertainEntries} may not have been acknowledged`,
    },
  );
  const alone = { ...record, peers: record.peers.filter(({ id }) => id === record.id) };
  writeStoreRecord(options.dataDir, alone);
  return alone;
}
