import { fromUtf8 } from '@trireme/base';
import type { ContainerStatus, NodeFiles } from '@trireme/ports';
import { parseLogLine, splitLines } from '../cri-log.ts';
import { annotations } from '../identity.ts';

const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** A container's last words: what it wrote to its message file; the tail of its log where that is asked for on failure. */
export async function readTerminationMessage(files: NodeFiles, status: ContainerStatus): Promise<string> {
  const path = status.annotations[annotations.terminationMessageHostPath];
  const written = path ? await files.readFile(path, maxMessageBytes) : undefined;
  const text = written ? fromUtf8(written) : '';
  const policy = status.annotations[annotations.terminationMessagePolicy];
  if (text !== '' || policy !== 'FallbackToLogsOnError' || status.exitCode === 0) return text;
  return status.logPath ? logTail(files, status.logPath) : '';
}

async function logTail(files: NodeFiles, path: string): Promise<string> {
  const file = await files.open(path);
  if (!file) return '';
  try {
    const size = await file.size();
    // Every line carries its time and stream, so more is read than is shown.
    const from = Math.max(0, size - 4 * maxLogBytes);
    const { lines, rest } = splitLines(await file.read(from, size - from));
    const texts = [...lines, rest].map((line) => parseLogLine(line)).filter((entry) => entry !== undefined);
    const tail = texts.slice(-maxLogLines).map((entry) => fromUtf8(entry.content));
    return tail.join('').slice(-maxLogBytes);
  } finally {
    await file.close();
  }
}
