import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '@trireme/base';
import { printReport } from './report/print.ts';
import { isWhole } from './report/report.ts';
import { describeProfiles } from './run/profile.ts';
import { benchStore } from './store/bench-store.ts';
import { fullSize, quickSize, type StoreBenchOptions, type StoreWork, storeWorks } from './store/options.ts';

const usage = `Measures us beside who one would use instead, in one run on one machine.

Usage: npm run bench -- store [options]
       npm run bench -- generator [--seconds S] [--clients N,...]

  store       our three members beside a three-member etcd
  generator   the load generator against a server that does nothing: what it can measure at most

  --quick          short: one round of one second, 10,000 keys
  --json FILE      write the report as JSON too
  --etcd PATH      the etcd to measure against (default: 3.7.3 built with Go; else the one on PATH, else Debian's)
  --only WORK,...  ${storeWorks.join(', ')}
  --clients N,...  default 1,10,100,1000
  --seconds S      how long each measurement counts
  --rounds R       how often the sides take turns
  --keys N         how many keys there are, at least 200
  --watchers N     how many watchers see every put of that work
  --profile PATH   leave CPU profiles of our members there, and say which functions took most
  --dir PATH       where members keep their data (default: the folder for temporary files)

Examples:
  npm run bench -- store --quick
  npm run bench -- store --only put,get --clients 100 --json put-and-get.json`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    etcd: { type: 'string' },
    only: { type: 'string' },
    clients: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    keys: { type: 'string' },
    watchers: { type: 'string' },
    dir: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  process.exitCode = await main(positionals[0]);
} catch (error) {
  say(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
}

async function main(benchmark: string | undefined): Promise<number> {
  if (values.help || benchmark === undefined) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  if (benchmark === 'generator') {
    const { benchGenerator } = await import('./generator/bench-generator.ts');
    const lines = await benchGenerator(
      { clients: clients() ?? fullSize.clients, seconds: number('seconds') ?? 2 },
      say,
    );
    console.log(lines.join('\n'));
    return 0;
  }
  if (benchmark !== 'store') throw new Error(`there is no benchmark "${benchmark}"; there are: store, generator`);
  const report = await benchStore(storeOptions(), say);
  if (!report) {
    console.log(
      'SKIPPED: no etcd was found, so nothing was measured. Install Go or etcd-server, or name one by --etcd.',
    );
    return 3;
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(printReport(report));
  if (values.profile !== undefined) console.log(['', ...describeProfiles(values.profile)].join('\n'));
  return isWhole(report) ? 0 : 1;
}

function storeOptions(): StoreBenchOptions {
  const size = values.quick ? quickSize : fullSize;
  const only = values.only?.split(',').map((work) => {
    const known = storeWorks.find((each) => each === work);
    if (known === undefined) throw new Error(`--only: there is no work "${work}"; there are: ${storeWorks.join(', ')}`);
    return known;
  });
  const seconds = number('seconds') ?? size.seconds;
  return {
    ...size,
    only: only ?? ([...size.only] satisfies StoreWork[]),
    clients: clients() ?? size.clients,
    seconds,
    warmSeconds: Math.min(size.warmSeconds, seconds),
    rounds: number('rounds') ?? size.rounds,
    keys: number('keys') ?? size.keys,
    watchers: number('watchers') ?? size.watchers,
    etcd: values.etcd,
    profile: values.profile === undefined ? undefined : resolve(values.profile),
    folder: values.dir ?? tmpdir(),
  };
}

function clients(): number[] | undefined {
  return values.clients?.split(',').map((text) => positive('clients', text));
}

function number(name: 'seconds' | 'rounds' | 'keys' | 'watchers'): number | undefined {
  const text = values[name];
  return text === undefined ? undefined : positive(name, text);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: "${text}" is no positive number`);
  return value;
}
