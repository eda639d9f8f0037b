import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { writeWhole } from '../../../member/certificates.ts';

/** Who a member of a store is, kept beside its data: with this it starts again. Ids are decimal text. */
export interface StoreRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly clusterId: string;
  readonly name: string;
  /** True where it was added to a running cluster. */
  readonly joined: boolean;
  readonly peers: readonly { readonly id: string; readonly name: string; readonly peerUrls: readonly string[] }[];
}

const fileName = 'member.json';

export function memberDirectory(dataDir: string): string {
  return join(dataDir, 'member');
}

export function logDirectory({ dataDir, logDir }: { readonly dataDir: string; readonly logDir?: string | undefined }) {
  return logDir ?? join(memberDirectory(dataDir), 'log');
}

export function readStoreRecord(dataDir: string): StoreRecord | undefined {
  const directory = memberDirectory(dataDir);
  const file = join(directory, fileName);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as StoreRecord;
  if (existsSync(join(directory, 'snap')) || existsSync(join(directory, 'wal')))
    throw new CodedError(
      'not-ours',
      `read ${directory}: this is the data of an etcd, which cannot be taken over in place. Save it with 'etcdctl snapshot save', restore it with './trireme store snapshot restore', and start on that.`,
    );
  if (existsSync(join(directory, 'log')) || existsSync(join(directory, 'state')))
    throw new CodedError(
      'record-lost',
      `read ${file}: it is gone, though data is there. Restore it from a backup of the folder; or remove the member from the cluster, delete ${dataDir}, and add it anew.`,
    );
  return undefined;
}

export function writeStoreRecord(dataDir: string, record: StoreRecord): void {
  const directory = memberDirectory(dataDir);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeWhole(join(directory, fileName), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}
