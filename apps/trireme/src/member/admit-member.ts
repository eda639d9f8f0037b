import { hasCode } from '@trireme/base';
import type { StoreMemberInfo } from '@trireme/ports';
import type { Member } from '@trireme/store';
import type { ServerJoinAnswer, ServerJoinRequest } from '../join/messages.ts';

/**
 * Takes a new member into the store as a learner that is to vote as soon as it has caught up. A member that lost its data is
 * not the one it was, and gets another id. A joiner that asks again under the same URL, because it did not get the answer,
 * is the same one.
 */
export async function admitMember(
  member: Member,
  clusterName: string,
  request: ServerJoinRequest,
): Promise<Pick<ServerJoinAnswer, 'memberId' | 'clusterName' | 'peers'>> {
  const joined = (await findByUrl(member, request.peerUrl)) ?? (await addOnce(member, request));
  const members = await member.members();
  const peers = members.map(({ id, peerUrls }) => ({ id: String(id), url: peerUrls[0] ?? '' }));
  return { memberId: String(joined.id), clusterName, peers };
}

async function findByUrl(member: Member, peerUrl: string): Promise<StoreMemberInfo | undefined> {
  return (await member.members()).find(({ peerUrls }) => peerUrls.includes(peerUrl));
}

async function addOnce(member: Member, { name, peerUrl }: ServerJoinRequest): Promise<StoreMemberInfo> {
  try {
    return await member.addMember({ name, peerUrls: [peerUrl], isLearner: true, promoteWhenReady: true });
  } catch (error) {
    // It asked twice at once, and the other time was taken first.
    const known = hasCode(error, 'peer-url-exists') ? await findByUrl(member, peerUrl) : undefined;
    if (known) return known;
    throw error;
  }
}
