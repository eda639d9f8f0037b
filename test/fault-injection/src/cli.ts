import { parseArgs } from 'node:util';
import { describeReport } from './arena/report.ts';
import { openDriver } from './driver.ts';
import { type FaultName, faults, isFaultName } from './faults/registry.ts';
import { whyNot } from './yard/open-yard.ts';

// npm run faults: real members, real faults, by hand.
const { values } = parseArgs({
  options: {
    fault: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '0' },
    quiet: { type: 'boolean', short: 'q', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function help(): string {
  const names = Object.entries(faults).map(([name, { about }]) => `  ${name.padEnd(20)}${about}`);
  return `Does faults to three real members under load, and judges what clients were told.

Usage: npm run faults -- --fault NAME [--fault NAME]... [--seconds N] [--quiet]

  --fault NAME   all for every one, in turn, on one cluster
  --seconds N    do each again and again for so long (default: once)
  --quiet        no timeline

Needs Linux and root. Faults:
${names.join('\n')}

Examples:
  npm run faults -- --fault partition-leader --seconds 60
  npm run faults -- --fault all --quiet`;
}

function chosen(): readonly FaultName[] | string {
  const asked = values.fault.includes('all') ? Object.keys(faults) : values.fault;
  const wrong = asked.find((name) => !isFaultName(name));
  if (wrong !== undefined) return `there is no fault ${wrong}. See --help.`;
  if (asked.length === 0) return 'which fault? Give --fault NAME. See --help.';
  if (!/^\d+$/.test(values.seconds)) return `--seconds is '${values.seconds}', and has to be a whole number.`;
  return asked.filter(isFaultName);
}

async function run(names: readonly FaultName[]): Promise<number> {
  const driver = await openDriver({ verbose: !values.quiet });
  let bad = 0;
  try {
    for (const name of names) {
      const report = await driver.run(name, { seconds: Number(values.seconds) });
      console.log(describeReport(report));
      for (const problem of report.problems) console.log(`  PROBLEM: ${problem}`);
      bad += report.problems.length;
    }
  } finally {
    const kept = await driver.close();
    if (kept) console.log(`logs, the timeline and the history are in ${kept}`);
  }
  return bad === 0 ? 0 : 1;
}

// An interrupted run takes its namespaces and disks away too: the yard clears itself when the process exits.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => process.exit(code));

const names = chosen();
const reason = whyNot();
if (values.help) console.log(help());
else if (typeof names === 'string' || reason) {
  console.error(typeof names === 'string' ? `faults: ${names}` : `faults: ${reason}.`);
  process.exitCode = 2;
} else process.exitCode = await run(names);
