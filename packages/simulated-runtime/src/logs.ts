import { type Bytes, concatBytes, utf8 } from '@trireme/base';
import type { LogStream } from './behaviour.ts';

/** Where simulated containers write their logs: a memory file system that the kubelet reads implements it. */
export interface SimulatedLogs {
  /** Appends one line (without its line break) to the log file at this absolute path. */
  appendLog(path: string, stream: LogStream, line: string, timeMs: number): void;
}

/** A store of its own, for tests and for clusters without any file system. */
export interface SimulatedLogStore extends SimulatedLogs {
  /** The file as a CRI runtime writes it; undefined where nothing was written. */
  read(path: string): Bytes | undefined;
  paths(): readonly string[];
  remove(path: string): void;
}

/** One full line in the CRI log format: '<RFC 3339 with nanoseconds> <stream> F <line>\n'. */
export function formatCriLogLine(stream: LogStream, line: string, timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, -1)}000000Z ${stream} F ${line}\n`;
}

export function createSimulatedLogs(): SimulatedLogStore {
  const files = new Map<string, Bytes[]>();
  return {
    appendLog(path, stream, line, timeMs) {
      const parts = files.get(path) ?? [];
      parts.push(utf8(formatCriLogLine(stream, line, timeMs)));
      files.set(path, parts);
    },
    read(path) {
      const parts = files.get(path);
      if (!parts) return undefined;
      if (parts.length > 1) parts.splice(0, parts.length, concatBytes(parts));
      return parts[0];
    },
    paths: () => [...files.keys()].sort(),
    remove: (path) => void files.delete(path),
  };
}
