import {
  type CancelSignal,
  type Header,
  type KeySpaceHash,
  KvError,
  type RangeRequest,
  type RangeResponse,
  sleep,
  type Timers,
} from '@trireme/ports';
import type { Replica } from './replica.ts';

/** Keys looked at in one turn: some milliseconds. */
const keysPerTurn = 8_000;

interface SliceDeps {
  readonly timers: Timers;
  readonly replica: Replica;
}

/** A read of many keys goes on over several turns, at one revision that is held meanwhile. A small one is done at once. */
export async function readInSlices(
  { timers, replica, header }: SliceDeps & { readonly header: () => Header },
  request: RangeRequest,
  signal: CancelSignal | undefined,
): Promise<RangeResponse> {
  for (;;) {
    const { space } = replica;
    const read = space.startRange(request, header());
    const first = read.step(keysPerTurn);
    if (first) return first;
    const release = space.pin(read.revision);
    try {
      while (space === replica.space) {
        await sleep(timers, 0);
        if (signal?.aborted) throw new KvError('cancelled', 'The caller gave up waiting.');
        // Another member's state has taken the place of this one, whose values are gone: the read begins anew there.
        if (space !== replica.space) break;
        const answer = read.step(keysPerTurn);
        if (answer) return answer;
      }
    } finally {
      release();
    }
  }
}

/** Numbers only, so more of them fit a turn. */
export async function hashInSlices(
  { timers, replica }: SliceDeps,
  revision: number | undefined,
): Promise<KeySpaceHash> {
  for (;;) {
    const { space } = replica;
    const hasher = space.startHash(revision);
    const first = hasher.step(keysPerTurn);
    if (first) return first;
    const release = space.pin(space.compactRevision);
    try {
      while (space === replica.space) {
        await sleep(timers, 0);
        const hash = hasher.step(keysPerTurn);
        if (hash) return hash;
      }
    } finally {
      release();
    }
  }
}
