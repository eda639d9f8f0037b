import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A process to keep running. */
export interface ProcessSpec {
  /** Unique within its supervisor, and what people call it: 'server-1', 'containerd'. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** What is known of a process now. Written to the supervisor's table, which `status` reads. */
export interface ProcessState {
  readonly name: string;
  readonly state: 'running' | 'waiting' | 'stopped';
  readonly pid?: number;
  /** With the pid it tells the process from a later one of the same number. */
  readonly startMark?: string;
  readonly startedAtMs?: number;
  readonly restarts: number;
  readonly quickDeaths: number;
  /** 'exit 1', 'SIGKILL', or 'gone' where nobody saw the end. */
  readonly lastEnd?: string;
  readonly logFile: string;
}

export interface ProcessTable {
  readonly supervisor: { readonly pid: number; readonly startMark: string; readonly startedAtMs: number };
  readonly processes: readonly ProcessState[];
}

/** Undefined where there is no table, or none that can be read. */
export function readProcessTable(file: string): ProcessTable | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessTable;
  } catch {
    return undefined;
  }
}

export function writeProcessTable(file: string, table: ProcessTable): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(table, null, 2)}\n`);
  renameSync(unfinished, file);
}
