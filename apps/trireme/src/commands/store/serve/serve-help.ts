import { type Flag, flagTable } from './flag-table.ts';

const flags: Readonly<Record<string, Flag>> = flagTable;

export function serveHelp(): string {
  const lines = Object.entries(flags)
    .filter(([, { idle }]) => !idle)
    .map(([name, { kind, help, default: value }]) => {
      const said = kind === 'switch' ? `--${name}` : `--${name} <${kind}>`;
      const shown = value && value !== 'false' ? ` (default: ${value})` : '';
      return `  ${said.padEnd(44)}${help}${shown}`;
    });
  return `Usage: trireme store serve [flags]

Runs a member of a store that serves etcd's v3 API. The flags are etcd's, but for one that says so; each can stand in the environment too, as
ETCD_DATA_DIR for --data-dir, and flags win. etcd's other flags are taken, with a word on why they have no effect.

Flags:
${lines.join('\n')}

Examples:
  ./trireme store serve
  ./trireme store serve --auto-compaction-retention 5m --history-retention 24h
  ./trireme store serve --name a --data-dir /var/lib/a --listen-client-urls http://10.0.0.1:2379 \\
    --advertise-client-urls http://10.0.0.1:2379 --listen-peer-urls http://10.0.0.1:2380 \\
    --initial-advertise-peer-urls http://10.0.0.1:2380 \\
    --initial-cluster a=http://10.0.0.1:2380,b=http://10.0.0.2:2380,c=http://10.0.0.3:2380
`;
}
