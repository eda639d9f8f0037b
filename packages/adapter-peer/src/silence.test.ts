import { describe, expect, it } from 'vitest';
import { createSilence } from './silence.ts';

describe('silence', () => {
  it.each([
    // s: spoke, h: heard, l: a look.
    ['llllll', [], 'nothing was said'],
    ['slllll', [3], 'it was spoken to once, and is not suspected of the same twice'],
    ['slslslslsl', [3], 'a new silence begins with the next word'],
    ['sllhsllhsll', [], 'it answers now and then'],
    ['sllhlll', [], 'it has answered, and nothing was said since'],
    ['hslll', [3], 'it has answered before'],
  ])('after %s is long at the looks %j: %s', (script, expected) => {
    const silence = createSilence(3);
    const long: number[] = [];
    let look = 0;
    for (const step of script) {
      if (step === 's') silence.spoke();
      else if (step === 'h') silence.heard();
      else if (++look && silence.look()) long.push(look);
    }
    expect(long).toEqual(expected);
  });
});
