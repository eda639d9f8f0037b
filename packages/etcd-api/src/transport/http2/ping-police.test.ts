import { describe, expect, it } from 'vitest';
import { createPingPolice } from './ping-police.ts';

const minTimeMs = 5_000;

/** How many pings at that distance are borne, of ten. */
function borne(distanceMs: number, openCalls: number, sends = false): number {
  const police = createPingPolice(minTimeMs);
  for (let i = 0; i < 10; i++) {
    if (sends) police.onSend();
    if (police.onPing(i * distanceMs, openCalls)) return i;
  }
  return 10;
}

describe('pings', () => {
  it.each([
    ['far apart while a call is open', 5_000, 1, false, 10],
    ['close together while a call is open', 4_999, 1, false, 3],
    ['close together while answers come', 10, 1, true, 10],
    // As in etcd, whose clients do not ping while they have nothing to ask.
    ['far apart while no call is open', 60_000, 0, false, 3],
    ['very far apart while no call is open', 7_200_000, 0, false, 10],
  ])('%s are borne', (_when, distanceMs, openCalls, sends, count) => {
    expect(borne(distanceMs, openCalls, sends)).toBe(count);
  });

  it('are forgiven when an answer was sent between', () => {
    const police = createPingPolice(minTimeMs);
    for (let i = 0; i < 3; i++) expect(police.onPing(i, 1)).toBe(false);
    police.onSend();
    for (let i = 3; i < 6; i++) expect(police.onPing(i, 1)).toBe(false);
    expect(police.onPing(6, 1)).toBe(true);
  });
});
