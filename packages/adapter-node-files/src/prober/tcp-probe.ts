import { connect } from 'node:net';
import type { ProbeOutcome, ProbeTarget } from '@trireme/ports';
import { dialFailure } from './dial-failure.ts';

/** A connection that opens is success. */
export function probeTcp({ host, port, timeoutMs, signal }: ProbeTarget): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: 'success' | 'failure', output = ''): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve({ result, output });
      socket.destroy();
    };
    const onAbort = (): void => finish('failure', `dial tcp ${host}:${port}: operation was canceled`);
    const timer = setTimeout(() => finish('failure', `dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    socket.on('connect', () => finish('success'));
    socket.on('error', (error) => finish('failure', dialFailure(error, host, port)));
  });
}
