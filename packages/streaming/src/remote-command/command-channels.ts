import { type AsyncQueue, type Bytes, createAsyncQueue } from '@trireme/base';
import type { CommandStatus } from './command-status.ts';

/** What `kubectl exec` was asked to connect. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The channels between a client and its remote command, whatever carries them. */
export interface CommandChannels {
  /** Ends when the client closes its stdin, or goes away. */
  readonly stdin: AsyncIterable<Bytes>;
  readonly resizes: AsyncIterable<TerminalSize>;
  /** Resolves when the client has gone. */
  readonly gone: Promise<void>;
  /** Resolves when there is room for more, or nobody is left who would read it. */
  write(stream: 'stdout' | 'stderr', bytes: Bytes): Promise<void>;
  /** Tells the client how it ended, and closes. */
  finish(status: CommandStatus): Promise<void>;
}

/** A client that is not heard may resize on and on: only the latest sizes matter. */
const mostSizes = 16;

/** The sizes that come as JSON objects (`{"Width":80,"Height":24}`), cut anywhere. */
export function createResizes(): { readonly sizes: AsyncQueue<TerminalSize>; push(text: string): void } {
  const sizes = createAsyncQueue<TerminalSize>();
  let pending = '';
  return {
    sizes,
    push(text) {
      pending += text;
      for (let end = pending.indexOf('}'); end >= 0; end = pending.indexOf('}')) {
        const size = parseSize(pending.slice(0, end + 1));
        pending = pending.slice(end + 1);
        if (size && sizes.size < mostSizes) sizes.push(size);
      }
      // No size is that long: it is not one.
      if (pending.length > 1000) pending = '';
    },
  };
}

function parseSize(text: string): TerminalSize | undefined {
  const match = (name: string): number =>
    Number(new RegExp(`"${name}"\\s*:\\s*(\\d{1,5})\\b`, 'i').exec(text)?.[1] ?? 0);
  const size = { width: match('width'), height: match('height') };
  return size.width > 0 && size.height > 0 ? size : undefined;
}
