import type { CancelSignal, KvStatus, StoreAlarm } from '@trireme/ports';
import {
  type AlarmRequestMessage,
  alarmText,
  alarmToMessage,
  alarmTypeFromMessage,
  type DowngradeRequestMessage,
  etcdFailure,
  type HashKvRequestMessage,
  headerToMessage,
  type MoveLeaderRequestMessage,
  statusToMessage,
  toBigInt,
  toNumber,
} from '../mapping/index.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { type EtcdMember, headerOf, type ServiceDeps } from './service-deps.ts';
import { unimplemented } from './unimplemented.ts';

/** The numbers of `AlarmAction` and of `DowngradeAction`. */
const alarmActions = ['get', 'activate', 'deactivate'] as const;
const cancelDowngrade = 2;

export function maintenanceMethods({ kv, member = {}, version, quotaBytes }: Deps): readonly RpcMethod[] {
  const header = async () => headerToMessage(await headerOf(kv));
  return [
    unary('/etcdserverpb.Maintenance/Status', async (_message, signal) => {
      const status = await kv.status({ signal });
      return statusToMessage(status, { version, quotaBytes, errors: await troubles(status, member) });
    }),
    unary('/etcdserverpb.Maintenance/Alarm', async (message: AlarmRequestMessage) => {
      const alarms = await answerAlarm(member, message);
      return { header: await header(), alarms: alarms.map(alarmToMessage) };
    }),
    unary('/etcdserverpb.Maintenance/Defragment', async () => {
      await (member.defragment?.() ?? unimplemented('cannot be defragmented here'));
      return { header: await header() };
    }),
    unary('/etcdserverpb.Maintenance/Hash', async () => {
      const { hash } = await (member.hash?.() ?? unimplemented('has no hash here'));
      return { header: await header(), hash };
    }),
    unary('/etcdserverpb.Maintenance/HashKV', async (message: HashKvRequestMessage) => {
      const wanted = toNumber(message.revision) || undefined;
      const { hash, revision, compactRevision } = await (member.hash?.(wanted) ?? unimplemented('has no hash here'));
      return { header: await header(), hash, compactRevision, hashRevision: revision };
    }),
    unary('/etcdserverpb.Maintenance/MoveLeader', async (message: MoveLeaderRequestMessage, signal) => {
      await moveLeader(member, toBigInt(message.targetID), signal);
      return { header: await header() };
    }),
    // There is one version of the store, so there is none to go back to.
    unary('/etcdserverpb.Maintenance/Downgrade', async ({ action, version: target }: DowngradeRequestMessage) => {
      if (action === cancelDowngrade) throw etcdFailure('no-inflight-downgrade');
      const isVersion = /^\d+\.\d+(?:\.\d+)?$/.test(target ?? '');
      throw etcdFailure(isVersion ? 'invalid-downgrade-target' : 'wrong-downgrade-version');
    }),
  ];
}

type Deps = Omit<ServiceDeps, 'member'> & { readonly member?: Partial<EtcdMember> | undefined };

/** The alarms that there are, or the one that the call has raised or ended. */
async function answerAlarm(member: Partial<EtcdMember>, message: AlarmRequestMessage): Promise<readonly StoreAlarm[]> {
  const action = alarmActions[message.action ?? 0];
  const type = alarmTypeFromMessage(message.alarm);
  const present = await (member.alarms?.() ?? unimplemented('keeps no alarms here'));
  // As in etcd, asking for alarms looks at the type alone.
  if (action === 'get') return present.filter((alarm) => type === undefined || alarm.type === type);
  if (!action || !type) return [];
  const alarm = { memberId: toBigInt(message.memberID), type };
  const isPresent = present.some((each) => each.memberId === alarm.memberId && each.type === type);
  if (action === 'activate') {
    await (member.raiseAlarm?.(alarm) ?? unimplemented('takes no alarms here'));
    return [alarm];
  }
  if (!isPresent) return [];
  await (member.disarmAlarm?.(alarm) ?? unimplemented('cannot end alarms here'));
  return [alarm];
}

async function moveLeader(member: Partial<EtcdMember>, target: bigint, signal: CancelSignal): Promise<void> {
  if (!member.transferLeadership || !member.members) unimplemented('has no other member here');
  if (!member.isLeader?.()) throw etcdFailure('not-leader');
  const found = (await member.members({ signal, serializable: true })).find(({ id }) => id === target);
  if (!found || found.isLearner) throw etcdFailure('bad-leader-transferee');
  if (target !== member.id) await member.transferLeadership(target, { signal });
}

async function troubles({ leaderId }: KvStatus, member: Partial<EtcdMember>): Promise<readonly string[]> {
  const leader = leaderId === 0n ? [etcdFailure('no-leader').message] : [];
  return [...leader, ...((await member.alarms?.({ serializable: true })) ?? []).map(alarmText)];
}
