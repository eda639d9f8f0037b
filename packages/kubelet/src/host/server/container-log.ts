import { type Bytes, concatBytes, emptyBytes } from '@trireme/base';
import { type CancelSignal, type NodeFile, type NodeFiles, sleep, type Timers } from '@trireme/ports';
import { createLogFormatter, parseLogLine, splitLines } from '../../cri-log.ts';

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines: number | undefined;
  readonly sinceMs: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
}

export interface LogSource {
  readonly path: string;
  /** Whether more may come. */
  isRunning(): Promise<boolean>;
}

const blockBytes = 64 * 1024;
const pollMs = 100;

/** The lines of a container's log as they come; following goes on over rotations until the container has ended. */
export async function* streamLog(
  deps: { readonly files: NodeFiles; readonly time: Timers },
  source: LogSource,
  options: LogOptions,
  signal: CancelSignal | undefined,
): AsyncGenerator<Bytes> {
  const formatter = createLogFormatter(options);
  let file = await deps.files.open(source.path);
  const size = (await file?.size()) ?? 0;
  // Without following, the log is what it was when asked for: the last two lines stay two while more are written, and a
  // container that writes faster than is read does not keep this going for ever.
  const end = options.follow ? Number.POSITIVE_INFINITY : size;
  let offset = file && options.tailLines !== undefined ? await tailOffset(file, size, options.tailLines) : 0;
  let rest: Bytes = emptyBytes;
  try {
    while (!signal?.aborted && !formatter.full) {
      const bytes = file ? await file.read(offset, Math.min(blockBytes, end - offset)) : emptyBytes;
      if (bytes.length > 0) {
        offset += bytes.length;
        const cut = splitLines(concatBytes([rest, bytes]));
        rest = cut.rest;
        for (const part of formatAll(formatter, cut.lines)) yield part;
        continue;
      }
      if (!options.follow) return;
      const next = await successor(deps.files, source.path, file);
      if (next) {
        // The runtime made the new file after its last line to the old one, which may have come since we looked.
        if (file && (await file.size()) > offset) {
          await next.close();
          continue;
        }
        await file?.close();
        file = next;
        offset = 0;
        continue;
      }
      // What was written before the end is read before it counts as the end.
      const running = await source.isRunning();
      if (!running && (!file || (await file.size()) <= offset)) return;
      if (running) await sleep(deps.time, pollMs, signal);
    }
  } finally {
    await file?.close();
  }
}

function* formatAll(formatter: ReturnType<typeof createLogFormatter>, lines: readonly Bytes[]): Generator<Bytes> {
  const parts: Bytes[] = [];
  for (const line of lines) {
    const entry = parseLogLine(line);
    if (entry && !formatter.full) parts.push(formatter.format(entry));
  }
  const joined = concatBytes(parts);
  if (joined.length > 0) yield joined;
}

/** The file that stands at the path now, where it is not the one that is open. */
async function successor(files: NodeFiles, path: string, open: NodeFile | undefined): Promise<NodeFile | undefined> {
  const stat = await files.stat(path);
  if (!stat || stat.identity === open?.identity) return undefined;
  return files.open(path);
}

/** Where the last `lines` lines of the first `size` bytes begin, found by reading backwards. */
async function tailOffset(file: NodeFile, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - blockBytes);
    const block = await file.read(from, end - from);
    for (let i = block.length - 1; i >= 0; i--) {
      // The break that ends the last line does not begin another.
      if (block[i] === 10 && from + i < size - 1 && ++found === lines) return from + i + 1;
    }
    end = from;
  }
  return 0;
}
