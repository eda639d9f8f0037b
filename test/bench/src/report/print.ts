import type { Figure, Report, Row, Side } from './report.ts';

/** A report as text for people. */
export function printReport(report: Report): string {
  const { contenders, environment } = report;
  return [
    `${report.benchmark}: ${contenders.ours} beside ${contenders.peer}`,
    Object.entries(environment)
      .map(([name, value]) => `${name}: ${value}`)
      .join(' · '),
    ...report.method.map((line) => `  ${line}`),
    '',
    ...table(headings, report.rows.map(cellsOf)),
    ...(report.figures.length > 0
      ? [
          '',
          ...table(
            ['figure', 'ours: median', 'worst', 'peer: median', 'worst', 'unit'],
            report.figures.map(figureCells),
          ),
        ]
      : []),
    ...(report.demands.length > 0
      ? ['', ...report.demands.map(({ met, text, seen }) => `${met ? 'met   ' : 'MISSED'}  ${text}: ${seen}`)]
      : []),
    ...report.warnings.map((line) => `\nwarning: ${line}`),
  ].join('\n');
}

const headings = [
  'work',
  'clients',
  'ours: op/s',
  'p50 ms',
  'p99 ms',
  'CPU us/op',
  'RSS MB',
  'peer: op/s',
  'p50 ms',
  'p99 ms',
  'CPU us/op',
  'RSS MB',
  'ratio',
  'load CPU',
];

function cellsOf({ work, clients, ours, peer, ratio, peerWork }: Row): string[] {
  return [
    peerWork === undefined ? work : `${work} (peer: ${peerWork})`,
    String(clients),
    ...sideCells(ours),
    ...sideCells(peer),
    ratio === null ? '-' : `${ratio.toFixed(2)}x`,
    [ours, peer].map((side) => (side ? side.generatorCpu.toFixed(2) : '-')).join('/'),
  ];
}

function sideCells(side: Side | null): string[] {
  if (!side) return ['-', '-', '-', '-', '-'];
  const failed = side.errors > 0 ? ` (${side.errors} failed)` : '';
  return [
    short(side.opsPerSecond) + failed,
    side.p50Ms.toFixed(2),
    side.p99Ms.toFixed(2),
    short(side.cpuUsPerOp),
    side.rssMb.toFixed(0),
  ];
}

function figureCells({ name, unit, ours, peer }: Figure): string[] {
  const cells = [ours, peer].flatMap((spread) => (spread ? [short(spread.median), short(spread.worst)] : ['-', '-']));
  return [name, ...cells, unit];
}

/** As many digits as mean something. */
function short(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)}k`;
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((text, column) => Math.max(text.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}
