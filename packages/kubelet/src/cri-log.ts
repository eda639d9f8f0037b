import { parseTime } from '@trireme/api-machinery';
import { type Bytes, concatBytes, emptyBytes, fromUtf8, utf8 } from '@trireme/base';

/** A line as a container wrote it; a long one comes in several parts, of which the last ends with the line break. */
export interface LogEntry {
  /** RFC 3339 with nanoseconds, as the runtime wrote it. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly content: Bytes;
}

const lineFeed = 10;
const space = 32;

/** Cuts the bytes of a log file into its lines; what is left over is the beginning of a line still being written. */
export function splitLines(bytes: Bytes): { readonly lines: readonly Bytes[]; readonly rest: Bytes } {
  const lines: Bytes[] = [];
  let from = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return { lines, rest: bytes.subarray(from) };
}

/** '2026-01-01T00:00:00.000000000Z stdout F hello'; undefined for a line that is not of this form. */
export function parseLogLine(line: Bytes): LogEntry | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = fromUtf8(line.subarray(first + 1, second));
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const [tag] = fromUtf8(line.subarray(second + 1, third)).split(':');
  const content = line.subarray(third + 1);
  const whole = tag === 'P' ? content : concatBytes([content, Uint8Array.of(lineFeed)]);
  return { time: fromUtf8(line.subarray(0, first)), stream, content: whole };
}

export function entryTimeMs({ time }: LogEntry): number {
  return parseTime(time) ?? 0;
}

/** Turns entries to the bytes that a client is sent: a time before each line where asked, and no more than the limit. */
export function createLogFormatter(options: {
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
  readonly sinceMs: number | undefined;
}) {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let atLineStart = true;
  return {
    get full(): boolean {
      return left <= 0;
    },
    format(entry: LogEntry): Bytes {
      if (options.sinceMs !== undefined && entryTimeMs(entry) < options.sinceMs) return emptyBytes;
      const stamped = options.timestamps && atLineStart;
      atLineStart = entry.content.at(-1) === lineFeed;
      const bytes = stamped ? concatBytes([utf8(`${entry.time} `), entry.content]) : entry.content;
      const cut = bytes.length > left ? bytes.subarray(0, left) : bytes;
      left -= cut.length;
      return cut;
    },
  };
}
