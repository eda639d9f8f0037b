import { CodedError } from '@trireme/base';
import { describe, expect, it } from 'vitest';
import { createLineLogger } from './line-logger.ts';

function capture(format: 'json' | 'text') {
  const lines: string[] = [];
  const logger = createLineLogger({ level: 'info', format, now: () => 0, write: (line) => lines.push(line) });
  return { lines, logger };
}

describe('line logger', () => {
  it('writes fields as key=value and quotes what needs it', () => {
    const { lines, logger } = capture('text');
    logger.with({ member: 2 }).log('info', 'leader elected', { term: 7n, why: 'timed out' });
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z INFO  leader elected member=2 term=7 why="timed out"\n']);
  });

  it('writes one JSON object a line, errors with their code', () => {
    const { lines, logger } = capture('json');
    logger.log('warn', 'cannot write', { error: new CodedError('no-space', 'disk is full') });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      message: 'cannot write',
      error: 'no-space: disk is full',
    });
  });

  it('drops lines below its level', () => {
    const { lines, logger } = capture('text');
    logger.log('debug', 'tick');
    expect(lines).toEqual([]);
  });
});
