import { describe, expect, it } from 'vitest';
import { type HashReport, judge } from './hash-verdict.ts';

describe('who is right', () => {
  it.each<[string, [number, HashReport][], readonly number[], { differing: number[]; isKnown: boolean }]>([
    [
      'all are equal',
      [
        [1, 7],
        [2, 7],
        [3, 7],
      ],
      [1, 2, 3],
      { differing: [], isKnown: true },
    ],
    [
      'one follower differs',
      [
        [1, 7],
        [2, 7],
        [3, 8],
      ],
      [1, 2, 3],
      { differing: [3], isKnown: true },
    ],
    [
      'the leader differs',
      [
        [1, 8],
        [2, 7],
        [3, 7],
      ],
      [1, 2, 3],
      { differing: [1], isKnown: true },
    ],
    [
      'one has not what it applied',
      [
        [1, 7],
        [2, 7],
        [3, 'lacks'],
      ],
      [1, 2, 3],
      { differing: [3], isKnown: true },
    ],
    [
      'most have not what the leader has',
      [
        [1, 7],
        [2, 'lacks'],
        [3, 'lacks'],
      ],
      [1, 2, 3],
      { differing: [2, 3], isKnown: false },
    ],
    [
      'all differ',
      [
        [1, 7],
        [2, 8],
        [3, 9],
      ],
      [1, 2, 3],
      { differing: [2, 3], isKnown: false },
    ],
    [
      'one of two differs',
      [
        [1, 7],
        [2, 8],
      ],
      [1, 2],
      { differing: [2], isKnown: false },
    ],
    [
      'two of two are equal',
      [
        [1, 7],
        [2, 7],
      ],
      [1, 2],
      { differing: [], isKnown: true },
    ],
    [
      'most of those that answered are no majority',
      [
        [1, 7],
        [2, 7],
        [3, 8],
      ],
      [1, 2, 3, 4, 5],
      { differing: [3], isKnown: false },
    ],
    [
      'too few have answered',
      [
        [1, 7],
        [2, 8],
      ],
      [1, 2, 3],
      { differing: [2], isKnown: false },
    ],
    [
      'one that was not heard is not judged',
      [
        [1, 7],
        [2, 7],
      ],
      [1, 2, 3],
      { differing: [], isKnown: true },
    ],
    [
      'a learner counts for nothing, and is judged',
      [
        [1, 7],
        [2, 8],
        [3, 8],
        [4, 8],
      ],
      [1, 2],
      { differing: [2, 3, 4], isKnown: false },
    ],
    [
      'a learner differs',
      [
        [1, 7],
        [2, 7],
        [3, 8],
      ],
      [1, 2],
      { differing: [3], isKnown: true },
    ],
  ])('%s', (_, reports, voters, expected) => {
    expect(judge(new Map(reports), voters, 1)).toMatchObject(expected);
  });
});
