import type { PeerTransport } from '@trireme/ports';
import { createFarewells } from './farewells.ts';
import type { MemberBook } from './member-book.ts';
import type { MemberPeer } from './options.ts';
import type { PeerMessage } from './peer-codec.ts';
import type { State } from './state.ts';

/** Where the members are, for the transport; those that were removed are in it a little longer, to hear of it. */
export interface Directory {
  /** The members may have changed. */
  look(): void;
  /** A member was heard. Whoever was removed is told: it may never have heard, and would ask for votes for ever. */
  heard(from: number, message: PeerMessage): void;
  tick(): void;
}

export interface DirectoryDeps {
  readonly transport: PeerTransport;
  /** What this member was started with. */
  readonly peers: readonly MemberPeer[];
  readonly send: (to: number, message: PeerMessage) => void;
}

export function createDirectory({ replica, raft, time }: State, { transport, peers, send }: DirectoryDeps): Directory {
  const farewells = createFarewells(time, replica.book.removed);
  // It counts for those it names: an address may have changed while this member was down.
  const named = new Map(peers.map(({ id, url }) => [id, url]));
  let told: string | undefined;
  let seen: { readonly book: MemberBook; readonly version: number } | undefined;

  const tell = (): void => {
    const { members, removed } = replica.book;
    const known = [...members.keys()].map((id) => BigInt(id));
    const ids = known.length > 0 ? [...known, ...farewells.ids] : [...named.keys()];
    const addresses = ids.flatMap((id) => {
      const urls = (members.get(Number(id)) ?? removed.get(Number(id)))?.peerUrls ?? [];
      const url = named.get(id) ?? urls[0];
      return url === undefined ? [] : [{ id, url, moreUrls: urls.filter((each) => each !== url) }];
    });
    const text = addresses.map(({ id, url, moreUrls }) => `${id}=${url},${moreUrls}`).join();
    if (text === told) return;
    told = text;
    transport.setPeers(addresses);
  };

  return {
    look() {
      // Entries are applied all the time, and hardly ever change who the members are.
      const { book } = replica;
      if (book === seen?.book && book.version === seen.version) return;
      seen = { book, version: book.version };
      farewells.look(replica.book.removed);
      tell();
    },
    heard(from, message) {
      if (message.type === 'removed' || !replica.book.removed.has(from) || !farewells.greet(from)) return;
      tell();
      send(from, { type: 'removed', voters: raft.status().config.voters });
    },
    tick() {
      if (farewells.tick()) tell();
    },
  };
}
