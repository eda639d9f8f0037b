import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemRandom } from '@trireme/adapter-system';
import { CodedError } from '@trireme/base';
import { type OpenedSnapshot, type RestoreReport, restoreSnapshot } from '@trireme/store';
import type { ClusterSpec } from '../../../cluster-spec.ts';
import { type Home, homeOf, needSpec } from '../../../home.ts';
import { type MemberRecord, writeMemberRecord } from '../../../member/member-record.ts';
import { readClusterSecrets, writeSecrets } from '../../../member/secrets.ts';
import { requireDown } from '../require-down.ts';
import { withMemberData } from './member-data.ts';
import type { PointRequest, RestoreDone } from './run-restore.ts';

const dataFolders = ['log', 'state'] as const;

/**
 * All members of a cluster of `up`, which is down. The new data is made beside the old; only when all of it is there the two
 * change places, and the old is kept.
 */
export async function restoreCluster(
  snapshot: OpenedSnapshot,
  clusterName: string,
  request: PointRequest,
  note: (text: string) => void,
): Promise<RestoreDone> {
  const spec = needSpec(clusterName);
  const home = homeOf(clusterName);
  requireDown(home, clusterName);
  const secrets = readClusterSecrets(home, spec);
  if (!secrets)
    throw new CodedError(
      'no-secrets',
      `restore to ${clusterName}: its secrets are gone. Raise a new cluster and restore to that.`,
    );
  const records = recordsOf(spec);
  const members = records.map(({ id, name, peers }) => ({ id: BigInt(id), name, peerUrl: urlOf(peers, id) }));
  const clusterId = newClusterId();
  let report: RestoreReport | undefined;
  for (const { ordinal, name } of spec.members) {
    note(name);
    const made = join(home.memberDirectory(ordinal), 'restoring');
    rmSync(made, { recursive: true, force: true });
    report = await withMemberData({ log: join(made, 'log'), state: join(made, 'state') }, (deps) =>
      restoreSnapshot(deps, snapshot, { ...request, clusterId, members }),
    );
  }
  if (!report) throw new CodedError('no-members', `restore to ${clusterName}: it has no members.`);
  const kept = `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const [index, { ordinal }] of spec.members.entries()) {
    const directory = home.memberDirectory(ordinal);
    exchange(directory, kept);
    writeSecrets(join(directory, 'pki'), secrets);
    // Its certificate names the member it was.
    for (const file of ['peer.crt', 'peer.key']) rmSync(join(directory, 'pki', file), { force: true });
    writeMemberRecord(directory, records[index] as MemberRecord);
  }
  return { report, next: nextText(home, clusterName, kept) };
}

function nextText(home: Home, clusterName: string, kept: string): string {
  const old = join(home.directory, 'members', '*', kept);
  return `All members of ${clusterName} are restored; what they had is kept in ${old}. Now start it: ./trireme up --name ${clusterName}`;
}

function exchange(directory: string, kept: string): void {
  for (const folder of dataFolders) {
    const present = join(directory, folder);
    if (existsSync(present)) {
      mkdirSync(join(directory, kept), { recursive: true, mode: 0o700 });
      renameSync(present, join(directory, kept, folder));
    }
    renameSync(join(directory, 'restoring', folder), present);
  }
  rmSync(join(directory, 'restoring'), { recursive: true, force: true });
}

/** The members of the new cluster are numbered anew: it is another one than that of the snapshot. */
function recordsOf(spec: ClusterSpec): readonly MemberRecord[] {
  const peers = spec.members.map(({ ordinal, peerPort }) => ({
    id: String(ordinal),
    url: `https://127.0.0.1:${peerPort}`,
  }));
  const { podCidr, serviceCidr, clusterDomain, dnsAddress } = spec;
  const network = { podCidr, serviceCidr, clusterDomain, dnsAddress };
  return spec.members.map(({ ordinal, name }) => ({
    ...{ id: String(ordinal), name, clusterName: spec.name, joined: false, peers, network },
  }));
}

function urlOf(peers: MemberRecord['peers'], id: string): string {
  return peers.find((peer) => peer.id === id)?.url ?? '';
}

function newClusterId(): bigint {
  const bytes = createSystemRandom().bytes(8);
  return new DataView(bytes.buffer).getBigUint64(0) & (2n ** 53n - 1n) || 1n;
}
