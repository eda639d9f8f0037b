import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { type RecoveryPlan, recoverMember } from '@trireme/store';
import { homeOf, needSpec } from '../../../home.ts';
import { readMemberRecord, writeMemberRecord } from '../../../member/member-record.ts';
import { readSecrets, writeSecrets } from '../../../member/secrets.ts';
import { requireDown } from '../require-down.ts';
import { memberDirectory, readStoreRecord, writeStoreRecord } from '../serve/store-record.ts';
import { withMemberData } from '../snapshot/member-data.ts';
import type { RecoverOptions } from './command-options.ts';

export async function runRecover(options: RecoverOptions): Promise<void> {
  const { dataDir, cluster, member, forceNewCluster: force = false } = options;
  if (cluster !== undefined && member !== undefined) return recoverCluster(cluster, member, force);
  if (dataDir !== undefined && cluster === undefined) return recoverFolder(dataDir, force);
  throw new CodedError('bad-flag', 'recover a member: give --data-dir, or --cluster with --member.');
}

async function recoverFolder(dataDir: string, force: boolean): Promise<void> {
  const record = readStoreRecord(dataDir);
  if (!record)
    throw new CodedError('no-member', `recover ${dataDir}: there is no member in it. Give the data of one that ran.`);
  const plan = await recoverIn(memberDirectory(dataDir), record.id, force);
  console.log(planText(`the member ${record.name} in ${dataDir}`, plan, force));
  if (!force) return;
  writeStoreRecord(dataDir, { ...record, peers: record.peers.filter(({ id }) => id === record.id) });
  console.log(
    `Start it as before: ./trireme store serve --name ${record.name} --data-dir ${dataDir} ...\n` +
      'Then add others, on empty folders: etcdctl member add NAME --peer-urls URL, and start each with --initial-cluster-state existing.',
  );
}

async function recoverCluster(clusterName: string, ordinal: number, force: boolean): Promise<void> {
  const spec = needSpec(clusterName);
  const home = homeOf(clusterName);
  requireDown(home, clusterName);
  const directory = home.memberDirectory(ordinal);
  const record = readMemberRecord(directory);
  const secrets = readSecrets(join(directory, 'pki'));
  if (!record || !secrets)
    throw new CodedError(
      'no-member',
      `recover member ${ordinal} of ${clusterName}: its data is not in ${directory}. Choose another.`,
    );
  const plan = await recoverIn(directory, record.id, force);
  console.log(planText(`member ${record.name} of ${clusterName}`, plan, force));
  if (!force) return;
  writeMemberRecord(directory, { ...record, peers: record.peers.filter(({ id }) => id === record.id) });
  const kept = `lost-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const other of spec.members) {
    const folder = home.memberDirectory(other.ordinal);
    if (other.ordinal === ordinal) continue;
    // They take part again as new members, which have promised nothing.
    if (existsSync(folder)) renameSync(folder, `${folder}.${kept}`);
    writeSecrets(join(folder, 'pki'), secrets);
  }
  console.log(
    `What the other members had is kept beside their folders as *.${kept}.\n` +
      `Now start the cluster: ./trireme up --name ${clusterName}. The others join it anew.`,
  );
}

function recoverIn(directory: string, id: string, force: boolean): Promise<RecoveryPlan> {
  return withMemberData({ log: join(directory, 'log'), state: join(directory, 'state') }, (deps) =>
    recoverMember({ ...deps, id: BigInt(id) }, { dryRun: !force }),
  );
}

function planText(what: string, plan: RecoveryPlan, done: boolean): string {
  if (plan.removed.length === 0) return `Nothing to do: ${what} is the only one of its cluster already.`;
  const others = plan.removed.map((id) => id.toString(16)).join(', ');
  const text = [
    `${done ? 'Recovered' : 'This would recover'} ${what}:`,
    `  Kept: everything in its log, up to entry ${plan.lastIndex}. Of the last ${plan.uncertainEntries} of it, it has not heard whether`,
    '    they were acknowledged; they are kept, since they may have been.',
    '  Lost: what the others acknowledged and this one never received. Choose the member with the highest entry.',
    `  Given up: the members ${others}. They must never start again with their data: delete it.`,
  ];
  if (!done) text.push('Nothing was changed. Say --force-new-cluster to do it.');
  return text.join('\n');
}
