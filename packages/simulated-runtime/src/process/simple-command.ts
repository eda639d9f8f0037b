import type { LogStream, Step } from '../behaviour.ts';

/** What one command does: its steps and its exit code; `undefined` as code: it runs on until it is stopped. */
export interface CommandEffect {
  readonly steps: readonly Step[];
  readonly exitCode: number | undefined;
}

/** The surroundings in which a command runs. */
export interface CommandContext {
  readonly env: ReadonlyMap<string, string>;
  readonly hostname: string;
}

// They change files, of which there are none: they succeed and say nothing.
const silent = new Set([
  ...['mkdir', 'touch', 'cp', 'mv', 'rm', 'ln', 'chmod', 'chown', 'cat', 'ls', 'test', '[', 'cd', 'set', 'trap'],
  ...['export', 'wait', 'sync', 'kill', 'stty'],
]);

const durations: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function sleepEffect(argument: string | undefined): CommandEffect {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(argument ?? '');
  if (!match) return { steps: [], exitCode: argument === 'infinity' || argument === 'inf' ? undefined : 1 };
  const ms = Number(match[1]) * (durations[match[2] ?? ''] ?? 1) * 1000;
  // Beyond a month it is meant as for ever; a real timer could not carry it either.
  return ms > 2_000_000_000 ? { steps: [], exitCode: undefined } : { steps: [{ do: 'wait', ms }], exitCode: 0 };
}

function print(lines: readonly string[], stream: LogStream): CommandEffect {
  return { steps: lines.map((line) => ({ do: 'log', line, stream })), exitCode: 0 };
}

/** What a plain command does; undefined for one the simulation does not know. */
export function simpleCommand(
  words: readonly string[],
  context: CommandContext,
  stream: LogStream,
): CommandEffect | undefined {
  const [path = '', ...rest] = words;
  const name = path.slice(path.lastIndexOf('/') + 1);
  switch (name) {
    case 'busybox':
    case 'exec':
    case 'env':
      if (rest.length > 0) return simpleCommand(rest, context, stream);
      return name === 'env' ? print(environmentLines(context), stream) : { steps: [], exitCode: 0 };
    case 'true':
    case ':':
      return { steps: [], exitCode: 0 };
    case 'false':
      return { steps: [], exitCode: 1 };
    case 'sleep':
      return sleepEffect(rest[0]);
    case 'echo':
      return print((rest[0] === '-n' || rest[0] === '-e' ? rest.slice(1) : rest).join(' ').split('\n'), stream);
    case 'hostname':
      return print([context.hostname], stream);
    case 'printenv': {
      const value = context.env.get(rest[0] ?? '');
      if (rest.length === 0) return print(environmentLines(context), stream);
      return value === undefined ? { steps: [], exitCode: 1 } : print([value], stream);
    }
    default:
      return silent.has(name) ? { steps: [], exitCode: 0 } : undefined;
  }
}

function environmentLines(context: CommandContext): readonly string[] {
  return [...context.env].map(([key, value]) => `${key}=${value}`);
}
