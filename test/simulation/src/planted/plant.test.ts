import { describe, expect, it } from 'vitest';
import { calibrate, checkApplies } from '../run/calibrate.ts';
import { plantedBugs } from './index.ts';

describe('planted bugs', () => {
  it('fit the present source, each at exactly one place', async () => {
    for (const bug of plantedBugs) await checkApplies(bug);
    expect(plantedBugs.length).toBeGreaterThanOrEqual(20);
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  });

  it('refuse a source that has changed', async () => {
    const edits = [{ file: 'raft/quorum.ts', find: 'what is not there', replace: '' }];
    await expect(checkApplies({ name: 'stale', breaks: '', edits })).rejects.toThrow('occurs 0 times');
  });

  it('are found: a few of each part, within a fraction of the seeds that run for the store itself', async ({
    signal,
  }) => {
    const names = [
      'vote-for-old-log',
      'commit-quorum-off-by-one',
      'append-answered-before-sync',
      'write-not-synced',
      'segment-name-not-synced',
      'sessions-not-stored',
      'read-before-first-commit',
      'watch-late-after-snapshot',
      'lease-expired-by-follower',
    ];
    const bugs = plantedBugs.filter(({ name }) => names.includes(name));
    expect(bugs).toHaveLength(names.length);
    const found = await calibrate({ seeds: 500, bugs, signal });
    expect(found.filter(({ seeds }) => seeds === undefined).map(({ bug }) => bug.name)).toEqual([]);
  }, 240_000);
});
