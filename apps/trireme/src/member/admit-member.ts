import { fromUtf8, utf8 } from '@trireme/base';
import { KvError } from '@trireme/ports';
import type { Member } from '@trireme/store';
import type { ServerJoinAnswer, ServerJoinRequest } from '../join/messages.ts';

const counterKey = utf8('/trireme/last-member-id');
const maxTries = 20;

/**
 * Takes a new member into the store as a learner. Its id has never been used before: a member that lost its data is not
 * the one it was, and must not vote under its old name. A joiner that asks again under the same URL, because it did not get
 * the answer, is the same one.
 */
export async function admitMember(
  member: Member,
  clusterName: string,
  request: ServerJoinRequest,
): Promise<Pick<ServerJoinAnswer, 'memberId' | 'clusterName' | 'peers'>> {
  const known = member.status().members.find((each) => each.peerUrl === request.peerUrl);
  const id = known ? BigInt(known.id) : await nextMemberId(member);
  if (!known) await member.addMember({ id, url: request.peerUrl, name: request.name });
  const peers = member.status().members.map((each) => ({ id: String(each.id), url: each.peerUrl }));
  return { memberId: String(id), clusterName, peers };
}

async function nextMemberId({ kv, status }: Member): Promise<bigint> {
  // A restored store counts from when it was saved, while its members were numbered anew.
  const present = status().members.map(({ id }) => BigInt(id));
  for (let i = 0; i < maxTries; i++) {
    const { kvs } = await kv.range({ key: counterKey });
    const last = kvs[0] ? BigInt(fromUtf8(kvs[0].value)) : 1n;
    const next = [...present, last].reduce((a, b) => (a > b ? a : b)) + 1n;
    const { succeeded } = await kv.txn({
      compare: [{ key: counterKey, target: 'mod', result: 'equal', value: kvs[0]?.modRevision ?? 0 }],
      success: [{ type: 'put', request: { key: counterKey, value: utf8(String(next)) } }],
    });
    if (succeeded) return next;
  }
  throw new KvError('unavailable', 'choose an id for the new member: too many join at once. Try again');
}
