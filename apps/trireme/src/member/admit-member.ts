import { hasCode } from '@trireme/base';
import type { Logger, StoreMember } from '@trireme/ports';
import type { ServerJoinAnswer, ServerJoinRequest } from '../join/messages.ts';

/**
 * Takes a new member into the store as a learner that is to vote as soon as it has caught up. The joiner has drawn the id, so
 * that one which asks again, because it did not get the answer, is known. Whoever was reached at its URL before under another
 * id has lost its data: it is not the one it was, since it knows neither its votes nor what it acknowledged, and it leaves.
 */
export async function admitMember(
  {
    member,
    logger,
  }: { readonly member: Pick<StoreMember, 'members' | 'addMember' | 'removeMember'>; readonly logger: Logger },
  clusterName: string,
  { memberId, name, peerUrl }: ServerJoinRequest,
): Promise<Pick<ServerJoinAnswer, 'memberId' | 'clusterName' | 'peers'>> {
  const id = BigInt(memberId);
  const before = await member.members();
  if (!before.some((each) => each.id === id)) {
    for (const lost of before.filter(({ peerUrls }) => peerUrls.includes(peerUrl))) {
      logger.log('warn', 'a member lost its data and joins as a new one', { lost: lost.id, joins: id, peerUrl });
      await unless('member-not-found', member.removeMember(lost.id));
    }
    // It may have asked twice at once.
    const added = member.addMember({ id, name, peerUrls: [peerUrl], isLearner: true, promoteWhenReady: true });
    await unless('member-exists', added);
  }
  const members = await member.members();
  const peers = members.map((each) => ({ id: String(each.id), url: each.peerUrls[0] ?? '' }));
  return { memberId, clusterName, peers };
}

async function unless(code: string, done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!hasCode(error, code)) throw error;
  }
}
