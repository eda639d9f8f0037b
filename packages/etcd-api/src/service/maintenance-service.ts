import { KvError, type KvStatus } from '@trireme/ports';
import {
  type AlarmRequestMessage,
  etcdTexts,
  fromBigInt,
  type HashKvRequestMessage,
  headerToMessage,
  type MoveLeaderRequestMessage,
  RpcError,
  statusToMessage,
  toBigInt,
  toNumber,
} from '../mapping/index.ts';
import type { EtcdAlarm, EtcdMember } from './member-port.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { headerOf, type ServiceDeps } from './service-deps.ts';

/** The numbers of `AlarmType` and `AlarmAction`. */
const alarmTypes = { 'no-space': 1, corrupt: 2 } as const;
const activate = 1;

export function maintenanceMethods({ kv, member, version }: ServiceDeps): readonly RpcMethod[] {
  return [
    unary('/etcdserverpb.Maintenance/Status', async (_message, signal) => {
      const status = await kv.status({ signal });
      return statusToMessage(status, version, troubles(status, member));
    }),
    unary('/etcdserverpb.Maintenance/Alarm', async ({ action, memberID, alarm }: AlarmRequestMessage) => {
      if (action === activate) throw unimplemented('raises its alarms itself; they cannot be activated by a call');
      const wanted = toBigInt(memberID);
      const alarms = (member?.alarms?.() ?? [])
        .filter(({ memberId }) => wanted === 0n || memberId === wanted)
        .map(({ memberId, type }) => ({ memberID: fromBigInt(memberId), alarm: alarmTypes[type] }))
        .filter((each) => !alarm || each.alarm === alarm);
      return { header: headerToMessage(await headerOf(kv)), alarms };
    }),
    unary('/etcdserverpb.Maintenance/Defragment', async () => {
      // Space is given back in the background, so there is nothing to do.
      return { header: headerToMessage(await headerOf(kv)) };
    }),
    unary('/etcdserverpb.Maintenance/Hash', async () => {
      if (!member) throw unimplemented('has no hash here');
      return { header: headerToMessage(await headerOf(kv)), hash: await member.hash() };
    }),
    unary('/etcdserverpb.Maintenance/HashKV', async (message: HashKvRequestMessage) => {
      if (!member) throw unimplemented('has no hash here');
      const { header, compactRevision } = await kv.status();
      const hashRevision = toNumber(message.revision) || header.revision;
      if (hashRevision > header.revision)
        throw new KvError('future-revision', `Revision ${hashRevision} is yet to come.`);
      if (hashRevision < compactRevision) throw new KvError('compacted', `Revision ${hashRevision} was compacted.`);
      const hash = await member.hash(hashRevision);
      return { header: headerToMessage(header), hash, compactRevision, hashRevision };
    }),
    unary('/etcdserverpb.Maintenance/MoveLeader', async (message: MoveLeaderRequestMessage) => {
      if (!member) throw unimplemented('has no other member');
      await moveLeader(member, toBigInt(message.targetID));
      return { header: headerToMessage(await headerOf(kv)) };
    }),
  ];
}

async function moveLeader(member: EtcdMember, target: bigint): Promise<void> {
  if (!member.isLeader()) throw new RpcError('failed-precondition', etcdTexts.notLeader);
  const found = member.members().find(({ id }) => id === target);
  if (!found || found.isLearner) throw new RpcError('failed-precondition', etcdTexts.badLeaderTransferee);
  await member.transferLeadership(target);
}

function troubles({ leaderId }: KvStatus, member: EtcdMember | undefined): readonly string[] {
  const leader = leaderId === 0n ? [etcdTexts.noLeader] : [];
  return [...leader, ...(member?.alarms?.() ?? []).map(alarmText)];
}

/** As etcd prints an alarm: 'memberID:1 alarm:NOSPACE '. */
function alarmText({ memberId, type }: EtcdAlarm): string {
  return `memberID:${memberId} alarm:${type === 'no-space' ? 'NOSPACE' : 'CORRUPT'} `;
}

function unimplemented(why: string): RpcError {
  return new RpcError('unimplemented', `etcdserver: this store ${why}`);
}
