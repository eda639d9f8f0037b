import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { type Home, homeOf, needSpec } from '../../home.ts';
import { type LogPart, type LogsOptions, logParts } from './command-options.ts';

const pollMs = 200;
const chunkBytes = 256 * 1024;

export async function printLogs(part: string, options: LogsOptions): Promise<void> {
  const known = logParts.find((candidate) => candidate === part);
  if (!known) throw new CodedError('unknown-part', `logs: there is no part "${part}". Parts: ${logParts.join(', ')}`);
  const file = logFileOf(known, options);
  if (!existsSync(file))
    throw new CodedError('no-log', `logs: ${file} does not exist yet. Is the cluster up? See ./trireme status`);
  const descriptor = openSync(file, 'r');
  try {
    let offset = offsetOfLastLines(descriptor, statSync(file).size, options.tail);
    offset = copyFrom(descriptor, offset);
    while (options.follow) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      // A file that shrank was rotated: begin anew.
      if (statSync(file).size < offset) offset = 0;
      offset = copyFrom(descriptor, offset);
    }
  } finally {
    closeSync(descriptor);
  }
}

function logFileOf(part: LogPart, options: LogsOptions): string {
  const spec = needSpec(options.name);
  const home: Home = homeOf(options.name);
  if (part === 'up') return join(home.logs, 'up.log');
  if (part === 'server' || part === 'apiserver') return join(home.logs, `server-${options.member}.log`);
  if (part === 'controllers') return join(home.memberDirectory(options.member), 'logs', 'controllers.log');
  const node = spec.nodes[options.node - 1];
  if (!node) throw new CodedError('no-node', `logs: the cluster has ${spec.nodes.length} node(s), not ${options.node}`);
  if (part === 'agent' || part === 'kubelet') return join(home.logs, `agent-${options.node}.log`);
  return join(home.nodeDirectory(node.name), 'logs', `${part}.log`);
}

function copyFrom(descriptor: number, from: number): number {
  const buffer = Buffer.alloc(chunkBytes);
  let offset = from;
  for (;;) {
    const length = readSync(descriptor, buffer, 0, chunkBytes, offset);
    if (length === 0) return offset;
    process.stdout.write(Buffer.from(buffer.subarray(0, length)));
    offset += length;
  }
}

/** Reads backwards in pieces until enough line ends were seen. */
function offsetOfLastLines(descriptor: number, sizeBytes: number, lines: number): number {
  if (lines === 0) return sizeBytes;
  const buffer = Buffer.alloc(chunkBytes);
  let seen = 0;
  let end = sizeBytes;
  while (end > 0) {
    const start = Math.max(0, end - chunkBytes);
    const length = readSync(descriptor, buffer, 0, end - start, start);
    for (let i = length - 1; i >= 0; i--) {
      if (buffer[i] !== 0x0a || start + i === sizeBytes - 1) continue;
      seen += 1;
      if (seen === lines) return start + i + 1;
    }
    end = start;
  }
  return 0;
}
