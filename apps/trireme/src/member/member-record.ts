import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../join/messages.ts';
import { writeWhole } from './certificates.ts';

/** Who a member is, kept in its data folder: with this it starts again without a token. Ids are decimal text. */
export interface MemberRecord {
  readonly id: string;
  readonly name: string;
  readonly clusterName: string;
  /** True where the member was taken into a running cluster, false for the first one. */
  readonly joined: boolean;
  readonly peers: readonly { readonly id: string; readonly url: string }[];
  readonly network: ClusterNetwork;
}

const fileName = 'member.json';

export function readMemberRecord(dataDirectory: string): MemberRecord | undefined {
  const file = join(dataDirectory, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as MemberRecord) : undefined;
}

export function writeMemberRecord(dataDirectory: string, record: MemberRecord): void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  writeWhole(join(dataDirectory, fileName), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}
