import type { StoreAlarm, StoreMemberInfo } from '@trireme/ports';
import { etcdFailure } from './errors.ts';
import { fromBigInt } from './int64.ts';
import type { AlarmMemberMessage, MemberMessage } from './messages.ts';

export function memberToMessage({ id, name, peerUrls, clientUrls, isLearner }: StoreMemberInfo): MemberMessage {
  return { ID: fromBigInt(id), name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner };
}

/** The addresses of a member as etcd takes them: at least one, each of a scheme, a host and a port, and nothing more. */
export function peerUrlsFromMessage(urls: readonly string[] | null | undefined): readonly string[] {
  const given = (urls ?? []).map((url) => url.trim());
  if (given.length === 0 || !given.every(isPeerUrl)) throw etcdFailure('bad-member-urls');
  return given.toSorted();
}

function isPeerUrl(url: string): boolean {
  return /^https?:\/\/(?:\[[0-9a-f:.]+\]|[^/?#:@\s[\]]+):\d{1,5}$/i.test(url);
}

/** The places are the numbers of `AlarmType`. */
const alarmTypes: readonly (StoreAlarm['type'] | undefined)[] = [undefined, 'no-space', 'corrupt'];

export function alarmToMessage({ memberId, type }: StoreAlarm): AlarmMemberMessage {
  return { memberID: fromBigInt(memberId), alarm: alarmTypes.indexOf(type) };
}

/** Undefined for none, and for those that nobody here knows. */
export function alarmTypeFromMessage(alarm: number | null | undefined): StoreAlarm['type'] | undefined {
  return alarmTypes[alarm ?? 0];
}

/** As etcd prints an alarm: 'memberID:1 alarm:NOSPACE '. */
export function alarmText({ memberId, type }: StoreAlarm): string {
  return `memberID:${memberId} alarm:${type === 'no-space' ? 'NOSPACE' : 'CORRUPT'} `;
}
