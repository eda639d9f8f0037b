import { CodedError, fromUtf8 } from '@trireme/base';
import type { HttpRequest } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { createFailover, type Server } from './failover.ts';

const read: HttpRequest = { method: 'GET', path: '/', headers: {} };
const write: HttpRequest = { method: 'POST', path: '/', headers: {}, body: new Uint8Array() };

/** 'up', 'starting' (runs, not ready), 'down', or up and failing with that code. */
type State = 'up' | 'starting' | 'down' | 'unreachable' | 'broken-off' | 'bug';

function serverOf(state: State, position: number): Server {
  const name = `s${position}`;
  return {
    name,
    running: state !== 'down',
    ready: state !== 'down' && state !== 'starting',
    async handler() {
      if (state === 'bug') throw new Error('bug');
      if (state === 'unreachable' || state === 'broken-off') throw new CodedError(state, name);
      return { status: 200, headers: {}, body: new TextEncoder().encode(name) };
    },
  };
}

describe('failover', () => {
  it.each<[string, readonly State[], HttpRequest, number, string]>([
    ['asks its first server', ['up', 'up'], read, 0, 's0'],
    ['begins where it is told to', ['up', 'up', 'up'], read, 4, 's1'],
    ['passes over what is down', ['down', 'up'], write, 0, 's1'],
    ['prefers what is ready', ['starting', 'up'], read, 0, 's1'],
    ['takes what is not ready over nothing', ['starting', 'down'], read, 0, 's0'],
    ['goes on where nothing was heard, writes too', ['unreachable', 'up'], write, 0, 's1'],
    ['repeats a read that broke off', ['broken-off', 'up'], read, 0, 's1'],
    ['never repeats a write that may have been heard', ['broken-off', 'up'], write, 0, 'broken-off'],
    ['says when there is nobody', ['down', 'down'], read, 0, 'unreachable'],
    ['does not hide a bug', ['bug', 'up'], read, 0, 'bug'],
  ])('%s', async (_, states, request, first, outcome) => {
    const handler = createFailover(states.map(serverOf), first);
    const answer = await handler(request, { address: '' }).then(
      ({ body }) => fromUtf8(body as Uint8Array),
      (error: Error) => (error instanceof CodedError ? error.code : error.message),
    );
    expect(answer).toBe(outcome);
  });
});
