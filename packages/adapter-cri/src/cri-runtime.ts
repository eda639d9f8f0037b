import { type ContainerRuntime, type Logger, silentLogger } from '@trireme/ports';
import { createCriCalls } from './calls.ts';
import { createCriChannel } from './channel.ts';
import { containerCalls } from './container-calls.ts';
import { imageCalls } from './image-calls.ts';
import { sandboxCalls } from './sandbox-calls.ts';
import { streamCalls } from './stream-calls.ts';

export interface CriRuntimeOptions {
  /** The unix socket of containerd, or of another runtime that speaks CRI v1. */
  readonly socketPath: string;
  readonly logger?: Logger | undefined;
}

export interface CriRuntime extends ContainerRuntime {
  /** Ends the connection; calls under way fail. Safe to repeat. */
  close(): void;
}

/**
 * A runtime over CRI v1. Nothing connects before the first call. While the runtime is down calls fail as `unavailable`,
 * and once it is back they succeed again by themselves.
 *
 * Exec, attach and port-forward go to the runtime's own streaming server, which listens on loopback: the process that
 * uses this must run in the network namespace of the runtime.
 */
export function createCriRuntime(options: CriRuntimeOptions): CriRuntime {
  const channel = createCriChannel(options.socketPath, options.logger ?? silentLogger);
  const calls = createCriCalls(channel);
  return {
    ...sandboxCalls(calls),
    ...containerCalls(calls),
    ...streamCalls(calls, channel),
    ...imageCalls(calls),
    close: () => channel.close(),
  };
}
