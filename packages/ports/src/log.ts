export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured logging: a constant message, and what varies in fields. Never throws, never waits. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A logger that adds these fields to every line. */
  with(fields: Readonly<Record<string, unknown>>): Logger;
}

/** Drops everything. The default of library use and of most tests. */
export const silentLogger: Logger = { log: () => undefined, with: () => silentLogger };
