import { fromUtf8 } from '@trireme/base';
import {
  type Configuration,
  createRaft,
  type Entry,
  type HardState,
  type MemberId,
  type Message,
  type Raft,
  type RaftDeps,
  type RaftOptions,
  type Ready,
  type RepairNeed,
} from '../../src/raft/index.ts';

/** What one member's disk holds, as far as it was synced. */
interface SimDisk {
  hardState: HardState;
  mark: { index: number; term: number };
  markConfig: Configuration;
  markState: readonly string[];
  entries: Entry[];
}

/** A message on its way, and with a snapshot the state that it stands for. */
export interface Packet {
  readonly message: Message;
  readonly state?: readonly string[] | undefined;
}

/** A host of the core that is as small as can be: an array for a disk, and a list of applied entries for a state. */
export interface SimMember {
  readonly id: MemberId;
  raft: Raft;
  /** `term/index:data` of everything applied, by index. */
  applied: string[];
  readonly reads: { readonly context: number; readonly index: number; readonly applied: number }[];
  alive: boolean;
  /** Takes a ready if there is one: what may go out at once is returned, the rest waits for `persist`. */
  work(): readonly Packet[];
  /** Brings the oldest waiting ready to the disk. */
  persist(): readonly Packet[];
  readonly waiting: number;
  /** All it has, what waits for the disk included, from behind its snapshot on. */
  log(): readonly Entry[];
  receive(packet: Packet): void;
  /** Loses everything that was not persisted. */
  crash(): void;
  restart(): void;
  /** Starts anew with a disk that lost everything behind `keep`, and knows it. */
  damage(keep: number): void;
  /** Not under repair. */
  readonly isWhole: boolean;
  /** Makes what is applied the new beginning of the log. */
  compact(): void;
}

export function createSimMember(
  options: Partial<RaftOptions> & Pick<RaftOptions, 'id'>,
  config: Configuration,
  deps: RaftDeps,
): SimMember {
  const disk: SimDisk = {
    hardState: { term: 0, vote: 0, commit: 0 },
    mark: { index: 0, term: 0 },
    markConfig: config,
    markState: [],
    entries: [],
  };
  let queue: Ready[] = [];
  let received: Packet | undefined;
  let repair: RepairNeed | undefined;
  const start = (): Raft => {
    const last = disk.entries.at(-1)?.index ?? disk.mark.index;
    const commit = repair ? disk.mark.index : Math.max(disk.mark.index, Math.min(disk.hardState.commit, last));
    const hardState = { ...disk.hardState, commit };
    const { mark, entries, markConfig } = disk;
    return createRaft(deps, options, { hardState, config: markConfig, mark, entries, applied: mark.index, repair });
  };
  const apply = (ready: Ready): void => {
    if (ready.snapshot) member.applied = [...(received?.state ?? [])];
    for (const entry of ready.committed) {
      const text = entry.kind === 'normal' ? fromUtf8(entry.data) : JSON.stringify(entry.change.changes);
      member.applied[entry.index] = `${entry.term}/${entry.index}:${text}`;
    }
    const last = ready.committed.at(-1);
    if (last) member.raft.advance({ applied: last.index });
    for (const read of ready.reads) member.reads.push({ ...read, applied: member.applied.length - 1 });
  };
  const write = (ready: Ready): void => {
    if (ready.snapshot) {
      disk.mark = { index: ready.snapshot.index, term: ready.snapshot.term };
      disk.markConfig = ready.snapshot.config;
      disk.markState = [...(received?.state ?? [])];
      disk.entries = [];
    }
    const first = ready.entries[0];
    if (first) disk.entries = [...disk.entries.filter((entry) => entry.index < first.index), ...ready.entries];
    if (ready.hardState) disk.hardState = ready.hardState;
  };
  const member: SimMember = {
    id: options.id,
    raft: start(),
    applied: [],
    reads: [],
    alive: true,
    work() {
      if (!member.raft.hasReady()) return [];
      const ready = member.raft.ready();
      queue.push(ready);
      // A snapshot stands for what is applied at its index, so it is taken before anything more is applied.
      const packets = ready.messages.map((message) =>
        message.type === 'snapshot' ? { message, state: [...member.applied] } : { message },
      );
      apply(ready);
      return packets;
    },
    persist() {
      const ready = queue.shift();
      if (!ready) return [];
      write(ready);
      member.raft.advance({ persisted: ready.number });
      if (!member.raft.status().repair) repair = undefined;
      return ready.messagesAfterPersist.map((message) => ({ message }));
    },
    get waiting() {
      return queue.length;
    },
    log() {
      let entries = disk.entries;
      for (const ready of queue) {
        if (ready.snapshot) entries = [];
        const first = ready.entries[0];
        if (first) entries = [...entries.filter(({ index }) => index < first.index), ...ready.entries];
      }
      return entries;
    },
    receive(packet) {
      if (packet.state) received = packet;
      member.raft.step(packet.message);
    },
    crash() {
      member.alive = false;
      queue = [];
    },
    restart() {
      member.alive = true;
      member.applied = [...disk.markState];
      member.raft = start();
    },
    get isWhole() {
      return repair === undefined;
    },
    damage(kept) {
      const last = disk.entries.at(-1)?.index ?? disk.mark.index;
      repair ??= { floor: last, term: disk.hardState.term };
      const keep = disk.mark.index + (kept % (last - disk.mark.index + 1));
      disk.entries = disk.entries.filter(({ index }) => index <= keep);
      queue = [];
      member.restart();
    },
    compact() {
      // A snapshot that is not on the disk yet must not be overtaken.
      if (queue.length > 0) return;
      const { applied, config } = member.raft.status();
      const term = disk.entries.find((entry) => entry.index === applied)?.term;
      if (term === undefined) return;
      disk.mark = { index: applied, term };
      disk.markConfig = config;
      disk.markState = member.applied.slice(0, applied + 1);
      disk.entries = disk.entries.filter((entry) => entry.index > applied);
      member.raft.compact(applied);
    },
  };
  return member;
}
