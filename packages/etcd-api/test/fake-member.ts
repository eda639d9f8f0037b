import {
  KvError,
  type StoreAlarm,
  type StoreMember,
  StoreMemberError,
  type StoreMemberInfo,
  type StoreSnapshot,
} from '@trireme/ports';

export interface FakeMember extends StoreMember {
  /** What was asked of it, one line per call. */
  readonly calls: readonly string[];
}

const bigId = 2n ** 63n + 5n;
const seen = { revision: 9, compactRevision: 4 };

/** A member that remembers, with an id that needs all 64 bits. The last two of its members are a learner and a newcomer. */
export function createFakeMember(more: Partial<StoreMember> = {}): FakeMember {
  const calls: string[] = [];
  const alarms: StoreAlarm[] = [{ memberId: 2n, type: 'no-space' }];
  const address = { name: 'm', peerUrls: ['http://p:1'], clientUrls: ['http://c:2'], isLearner: false };
  const members: StoreMemberInfo[] = [
    { ...address, id: bigId },
    { ...address, id: 2n, isLearner: true },
  ];
  const find = (id: bigint): void => {
    if (!members.some((each) => each.id === id)) throw new StoreMemberError('member-not-found', `no ${id}`);
  };
  const isEqual =
    (one: StoreAlarm) =>
    (other: StoreAlarm): boolean =>
      one.memberId === other.memberId && one.type === other.type;
  return {
    calls,
    id: bigId,
    isLeader: () => true,
    async members(options) {
      calls.push(options?.serializable ? 'members here' : 'members');
      return members;
    },
    async addMember({ peerUrls, isLearner = false }) {
      calls.push(`add ${peerUrls.join()}${isLearner ? ' to learn' : ''}`);
      const added = { id: 3n, name: '', peerUrls, clientUrls: [], isLearner };
      members.push(added);
      return added;
    },
    async promoteMember(id) {
      find(id);
      calls.push(`promote ${id}`);
    },
    async removeMember(id) {
      find(id);
      members.splice(
        members.findIndex((each) => each.id === id),
        1,
      );
      calls.push(`remove ${id}`);
    },
    async changeMembers() {},
    async updateMember(id, { peerUrls }) {
      find(id);
      calls.push(`update ${id} ${peerUrls?.join()}`);
    },
    async transferLeadership(to) {
      calls.push(`move to ${to}`);
    },
    async hash(revision = seen.revision) {
      if (revision > seen.revision) throw new KvError('future-revision', 'to come');
      if (revision < seen.compactRevision) throw new KvError('compacted', 'gone');
      return { ...seen, revision, hash: 4_000_000_000 + revision };
    },
    alarms: async () => alarms,
    async raiseAlarm(alarm) {
      alarms.push(alarm);
    },
    async disarmAlarm(alarm) {
      alarms.splice(alarms.findIndex(isEqual(alarm)), 1);
    },
    snapshot: async () => snapshotOf(new Uint8Array(150_000).fill(7)),
    async defragment() {
      calls.push('defragment');
    },
    ...more,
  };
}

function snapshotOf(bytes: Uint8Array): StoreSnapshot {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 100_000);
    yield bytes.subarray(100_000);
  };
  return { revision: 8, sizeBytes: bytes.length, pieces: pieces() };
}
