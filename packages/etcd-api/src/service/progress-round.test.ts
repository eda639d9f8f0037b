import { describe, expect, it } from 'vitest';
import { createProgressRound } from './progress-round.ts';

function open() {
  const asked: string[] = [];
  const answers: number[] = [];
  const round = createProgressRound<string>({
    ask: (watch) => asked.push(watch),
    answer: async (revision) => void answers.push(revision),
  });
  return { round, asked, answers };
}

describe('a round of progress', () => {
  it('is at the least of what its watches tell', async () => {
    const { round, asked, answers } = open();
    round.start(['a', 'b']);
    expect(asked).toEqual(['a', 'b']);
    expect(await round.heard('a', 5)).toBe(true);
    expect(answers).toEqual([]);
    expect(await round.heard('b', 9)).toBe(true);
    expect(answers).toEqual([5]);
    expect(await round.heard('b', 10)).toBe(false);
  });

  it('is followed by one more if that was asked meanwhile', async () => {
    const { round, asked, answers } = open();
    round.start(['a']);
    round.start(['a', 'b']);
    round.start(['a', 'b']);
    await round.heard('a', 5);
    expect(asked).toEqual(['a', 'a', 'b']);
    await round.heard('a', 7);
    await round.heard('b', 6);
    expect(answers).toEqual([5, 6]);
  });

  it('has no answer when nobody is left', async () => {
    const { round, answers } = open();
    round.start(['a']);
    await round.leave('a');
    round.start([]);
    expect(answers).toEqual([]);
  });
});
