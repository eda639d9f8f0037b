import {
  type AddMemberRequest,
  type StoreMember,
  StoreMemberError,
  type StoreMemberInfo,
  silentLogger,
} from '@trireme/ports';
import { expect, it } from 'vitest';
import { admitMember } from './admit-member.ts';

const urlOf = (id: bigint): string => `https://10.0.0.${id}:2380`;

function setUp() {
  const members = new Map<bigint, StoreMemberInfo>();
  const removed = new Set<bigint>();
  const add = ({ id = 0n, name = '', peerUrls, isLearner = false }: AddMemberRequest): StoreMemberInfo => {
    if (members.has(id) || removed.has(id)) throw new StoreMemberError('member-exists', `${id} is taken`);
    const info = { id, name, peerUrls, clientUrls: [], isLearner };
    members.set(id, info);
    return info;
  };
  for (const id of [1n, 2n, 3n]) add({ id, name: `m${id}`, peerUrls: [urlOf(id)] });
  const member: Pick<StoreMember, 'members' | 'addMember' | 'removeMember'> = {
    members: async () => [...members.values()],
    addMember: async (request) => add(request),
    async removeMember(id) {
      if (!members.delete(id)) throw new StoreMemberError('member-not-found', `${id} is not there`);
      removed.add(id);
    },
  };
  const admit = (id: bigint, peerUrl: string) =>
    admitMember({ member, logger: silentLogger }, 'test', { memberId: String(id), name: 'm', peerUrl });
  return { members, admit };
}

it('takes a new one in as a learner, and tells it of the others', async () => {
  const { members, admit } = setUp();
  const answer = await admit(4n, urlOf(4n));
  expect(members.get(4n)).toMatchObject({ isLearner: true, peerUrls: [urlOf(4n)] });
  expect(answer).toMatchObject({ memberId: '4', clusterName: 'test' });
  expect(answer.peers.map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
});

it('knows one that asks again', async () => {
  const { members, admit } = setUp();
  const [first, second] = await Promise.all([admit(4n, urlOf(4n)), admit(4n, urlOf(4n))]);
  expect(second).toEqual(first);
  expect(await admit(4n, urlOf(4n))).toEqual(first);
  expect(members.size).toBe(4);
});

it('never gives one without data the place of whoever was reached there before', async () => {
  const { members, admit } = setUp();
  await admit(9n, urlOf(2n));
  expect([...members.keys()]).toEqual([1n, 3n, 9n]);
  expect(members.get(9n)?.isLearner).toBe(true);
});
