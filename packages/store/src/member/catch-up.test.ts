import { utf8 } from '@trireme/base';
import { createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createKeySpace } from '../mvcc/index.ts';
import { type Entry, emptyConfiguration, type Raft } from '../raft/index.ts';
import { createCatchUp } from './catch-up.ts';
import { encodeAddresses } from './member-book.ts';
import { createReplica, type Replica, type ReplicaMeta } from './replica.ts';
import { encodeRequests } from './request-codec.ts';

const meta: ReplicaMeta = { clusterId: 1n, index: 0, term: 0, config: emptyConfiguration, addresses: [], sessions: [] };

const addMember: Entry = {
  ...{ index: 1, term: 1, kind: 'config', change: { changes: [{ type: 'add-voter', id: 1 }], transition: 'auto' } },
  data: encodeAddresses([{ id: 1, name: '', peerUrls: [], clientUrls: [] }]),
};

function putEntry(index: number): Entry {
  const put = { type: 'put', request: { key: utf8(`k${index}`), value: utf8('v') } } as const;
  const command = { type: 'txn', request: { success: [put] } } as const;
  const request = { origin: 1, incarnation: 1, sequence: index, floor: 0, command };
  return { index, term: 1, kind: 'normal', data: encodeRequests([request]) };
}

function newReplica(): Replica {
  const none = (): undefined => undefined;
  const header = (): never => expect.fail('nobody asked');
  return createReplica(meta, createKeySpace(), {
    ...{
      header,
      isOwn: () => false,
      applied: none,
      changed: none,
      commanded: none,
      mayHalt: () => false,
      halted: none,
    },
  });
}

describe('a state that another one is brought up to', () => {
  const log = [addMember, ...Array.from({ length: 50 }, (_, i) => putEntry(i + 2))];

  /** A log of which so much is applied, and that begins so late. */
  function start(applied: number, first = 1) {
    const state = { applied };
    const raft = {
      status: () => ({ applied: state.applied, config: emptyConfiguration }),
      appliedFrom: (from: number) =>
        from < first ? undefined : log.slice(from - 1, Math.min(from + 3, state.applied)),
    } as unknown as Raft;
    const time = createVirtualTime();
    const present = newReplica();
    for (const entry of log.slice(0, applied)) present.apply(entry);
    const earlier = newReplica();
    for (const entry of log.slice(0, 10)) earlier.apply(entry);
    const catchUp = createCatchUp({ raft, timers: time }, earlier.meta(emptyConfiguration), earlier.space);
    const apply = (entry: Entry): void => {
      present.apply(entry);
      state.applied = entry.index;
    };
    return { catchUp, time, present, apply };
  }

  it('has what was applied before, while and after it was brought up', async () => {
    const { catchUp, time, present, apply } = start(30);
    const running = catchUp.run();
    await time.advance(1);
    apply(log[30] as Entry);
    apply(log[31] as Entry);
    await time.advance(10);
    await running;
    for (const entry of log.slice(32)) apply(entry);
    const hash = present.space.hash();
    const before = present.space;
    catchUp.takeOver(present);
    expect(present.space).not.toBe(before);
    expect([present.index, present.space.hash()]).toEqual([log.length, hash]);
  });

  it('waits until the present one is as far as itself', async () => {
    const { catchUp, time, present, apply } = start(5);
    const running = catchUp.run();
    await time.advance(100);
    for (const entry of log.slice(5, 12)) apply(entry);
    await time.advance(100);
    await running;
    catchUp.takeOver(present);
    expect([present.index, present.space.revision]).toEqual([12, 12]);
  });

  it('cannot be where the log begins too late', async () => {
    const { catchUp } = start(30, 15);
    await expect(catchUp.run()).rejects.toThrow('the log does not reach back to entry 11');
  });
});
