import { nodeFilesSuite } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createMemoryNodeFiles } from './memory-node-files.ts';

describe('node files in memory', () => {
  for (const { name, run } of nodeFilesSuite) {
    it(name, () => run(createMemoryNodeFiles(), '/node/files'));
  }

  it('writes logs as a runtime does', () => {
    const files = createMemoryNodeFiles();
    files.appendLog('/logs/0.log', 'stderr', 'hello', Date.UTC(2026, 0, 1));
    expect(files.text('/logs/0.log')).toBe('2026-01-01T00:00:00.000000000Z stderr F hello\n');
  });
});
