import type { Bytes } from '@trireme/base';
import type { PeerTransport, Timers } from '@trireme/ports';
import type { SeededRandom } from './seeded-random.ts';

export interface PeerNetworkOptions {
  /** Of one message, in milliseconds. Messages with different delays overtake each other. */
  readonly delayMs?: () => number;
  /** A function is asked for each message, so that networks can get better and worse. */
  readonly lossProbability?: number | (() => number);
  readonly duplicateProbability?: number | (() => number);
  /** Hears of every message that arrives. */
  readonly onDelivery?: (from: bigint, to: bigint, message: Bytes) => void;
}

interface End {
  handler: ((from: bigint, message: Bytes) => void) | undefined;
  disconnected: ((from: bigint) => void) | undefined;
}

/** Members connected as badly as the test wants. */
export interface PeerNetwork {
  /** The transport of one member. Connecting the same id again replaces the old one, which then hears nothing. */
  connect(id: bigint): PeerTransport;
  /** Only members in the same group hear each other. Members in no group hear nobody. */
  partition(...groups: readonly (readonly bigint[])[]): void;
  /** Drops what goes in this direction only. */
  block(from: bigint, to: bigint): void;
  /** Ends one block. */
  unblock(from: bigint, to: bigint): void;
  heal(): void;
  /** A member's connections break, as when its process is killed: whoever it reaches notices, in the time of a message. */
  hangUp(id: bigint): void;
  readonly delivered: number;
}

export function createPeerNetwork(
  deps: { readonly time: Timers; readonly random: SeededRandom },
  options: PeerNetworkOptions = {},
): PeerNetwork {
  const { time, random } = deps;
  const { delayMs = () => 1, onDelivery } = options;
  const probability = (value: number | (() => number) = 0): number => (typeof value === 'function' ? value() : value);
  const ends = new Map<bigint, End>();
  let groups: readonly (readonly bigint[])[] | undefined;
  const blocked = new Set<string>();
  let delivered = 0;

  const connected = (from: bigint, to: bigint): boolean =>
    !blocked.has(`${from}>${to}`) && (!groups || groups.some((group) => group.includes(from) && group.includes(to)));

  const deliver = (from: bigint, to: bigint, message: Bytes): void => {
    time.after(delayMs(), () => {
      if (!connected(from, to)) return;
      delivered += 1;
      onDelivery?.(from, to, message);
      ends.get(to)?.handler?.(from, message);
    });
  };

  return {
    connect(id) {
      const end: End = { handler: undefined, disconnected: undefined };
      ends.set(id, end);
      return {
        send(to, message) {
          if (ends.get(id) !== end || !connected(id, to) || random.chance(probability(options.lossProbability))) return;
          // Copied, since on a real network nobody shares memory with the receiver.
          deliver(id, to, message.slice());
          if (random.chance(probability(options.duplicateProbability))) deliver(id, to, message.slice());
        },
        onMessage(handler) {
          end.handler = handler;
        },
        onDisconnect(handler) {
          end.disconnected = handler;
        },
        setPeers: () => undefined,
        close() {
          if (ends.get(id) === end) ends.delete(id);
          end.handler = undefined;
          end.disconnected = undefined;
          return Promise.resolve();
        },
      };
    },
    partition(...next) {
      groups = next;
    },
    block(from, to) {
      blocked.add(`${from}>${to}`);
    },
    unblock: (from, to) => void blocked.delete(`${from}>${to}`),
    heal() {
      groups = undefined;
      blocked.clear();
    },
    hangUp(id) {
      for (const [other, end] of ends) {
        if (other === id || !connected(id, other)) continue;
        time.after(delayMs(), () => end.disconnected?.(id));
      }
    },
    get delivered() {
      return delivered;
    },
  };
}
