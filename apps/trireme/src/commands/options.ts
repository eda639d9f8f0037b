import { type Command, InvalidArgumentError, Option } from 'commander';

export const defaultName = 'trireme';

/** `--name`, which every command takes. */
export function withName(command: Command): Command {
  return command.addOption(
    new Option('--name <name>', 'the cluster, where several live on this machine')
      .default(defaultName)
      .argParser(clusterName),
  );
}

export function clusterName(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('A cluster name is lower case letters, digits and dashes, at most 32 of them.');
}

export function integerIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

/** '90s', '5m', '1h' or plain seconds, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('A duration like 90s, 5m or 1h is needed.');
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? 's'] ?? 1000;
  return Number(match[1]) * unit;
}

/** `--history-retention`, which every command takes that runs members of a store. */
export function historyRetention(whose: string): Option {
  return new Option(
    '--history-retention <duration>',
    `for how long ${whose} can go back in time, past what was compacted, like 24h (default: 0, as far as is not compacted)`,
  ).argParser(duration);
}

/** Help text with examples, as every command has it. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ./trireme ${line}`).join('\n')}`;
}
