import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import type { ConfigChange } from '../raft/index.ts';

/** A member as its cluster knows it. */
export interface MemberAddress {
  readonly id: number;
  /** Empty until the member, or whoever added it, has said it. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Where it serves clients; none until it has said so. */
  readonly clientUrls: readonly string[];
  /** A learner that the leader makes a voter as soon as it has caught up. */
  readonly promoteWhenReady?: boolean | undefined;
}

/** A member that was removed. Its id is never used again: what it promised would be taken for the new one's word. */
export interface RemovedMember {
  readonly id: number;
  /** Where it was reached, so that it can be told. */
  readonly peerUrls: readonly string[];
}

export interface MemberBookMeta {
  readonly addresses: readonly MemberAddress[];
  readonly removed?: readonly RemovedMember[] | undefined;
}

/** Who the members are, beside who votes: a part of the replicated state, changed by applied entries alone. */
export interface MemberBook {
  readonly members: ReadonlyMap<number, MemberAddress>;
  readonly removed: ReadonlyMap<number, RemovedMember>;
  /** Grows with every change. */
  readonly version: number;
  apply(change: ConfigChange, data: Bytes): void;
  meta(): Required<MemberBookMeta>;
}

export function createMemberBook(meta: MemberBookMeta): MemberBook {
  const members = new Map(meta.addresses.map((address) => [address.id, address]));
  const removed = new Map((meta.removed ?? []).map((each) => [each.id, each]));
  let version = 0;
  const remove = (id: number): void => {
    removed.set(id, { id, peerUrls: members.get(id)?.peerUrls ?? [] });
    members.delete(id);
  };
  return {
    members,
    removed,
    get version() {
      return version;
    },
    apply({ changes }, data) {
      version += 1;
      for (const address of decodeAddresses(data)) members.set(address.id, address);
      for (const { type, id } of changes) {
        const known = members.get(id);
        if (type === 'remove') remove(id);
        else if (type === 'add-voter' && known?.promoteWhenReady)
          members.set(id, { ...known, promoteWhenReady: undefined });
      }
    },
    meta: () => ({ addresses: [...members.values()], removed: [...removed.values()] }),
  };
}

/** What an entry that changes the membership says beside the change: the whole of each record that is new. */
export function encodeAddresses(addresses: readonly MemberAddress[]): Bytes {
  return addresses.length > 0 ? utf8(JSON.stringify(addresses)) : new Uint8Array(0);
}

function decodeAddresses(data: Bytes): readonly MemberAddress[] {
  return data.length > 0 ? (JSON.parse(fromUtf8(data)) as readonly MemberAddress[]) : [];
}
