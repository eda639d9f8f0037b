import type { Logger, LogLevel } from '@trireme/ports';

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LineLoggerOptions {
  /** Lines below this level are dropped. */
  readonly level: LogLevel;
  /** 'json' for machines; 'text' reads `2026-01-01T00:00:00.000Z INFO  message key=value`. */
  readonly format: 'json' | 'text';
  readonly write: (line: string) => void;
  readonly now: () => number;
}

/** One line per entry. Errors are written with their code, and with their stack at level error. */
export function createLineLogger(options: LineLoggerOptions, fields: Readonly<Record<string, unknown>> = {}): Logger {
  const least = rank[options.level];
  return {
    log(level, message, more) {
      if (rank[level] < least) return;
      const all = more ? { ...fields, ...more } : fields;
      const time = new Date(options.now()).toISOString();
      options.write(
        options.format === 'json' ? jsonLine(time, level, message, all) : textLine(time, level, message, all),
      );
    },
    with: (more) => createLineLogger(options, { ...fields, ...more }),
  };
}

function plain(value: unknown, level: LogLevel): unknown {
  if (value instanceof Error) {
    const code = 'code' in value ? `${String(value.code)}: ` : '';
    const text = `${code}${value.message}`;
    return level === 'error' && value.stack ? `${text}\n${value.stack}` : text;
  }
  return typeof value === 'bigint' ? value.toString() : value;
}

function jsonLine(time: string, level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(fields).map(([key, value]) => [key, plain(value, level)] as const);
  return `${JSON.stringify({ time, level, message, ...Object.fromEntries(entries) })}\n`;
}

function textLine(time: string, level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): string {
  let line = `${time} ${level.toUpperCase().padEnd(5)} ${message}`;
  for (const [key, value] of Object.entries(fields)) {
    const shown = plain(value, level);
    if (shown === undefined) continue;
    const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
    line += ` ${key}=${/[\s"=]/.test(text) && !text.includes('\n') ? JSON.stringify(text) : text}`;
  }
  return `${line}\n`;
}
