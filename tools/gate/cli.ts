import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addUpReports, closingLine, projectsWithTests } from './counts.ts';

// ./trireme test: every check and every test, on a checkout with nothing installed. It goes on after a failure, so that
// one run shows all that is wrong, and ends with one line that adds up all test runners.
const { values } = parseArgs({
  options: {
    'no-e2e': { type: 'boolean', default: false },
    'no-install': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(`Runs every check and test of this checkout.

Usage: ./trireme test [--no-e2e] [--no-install]

  --no-e2e      leave out the end-to-end tests on a real cluster
  --no-install  do not install missing system packages; what needs them says so and counts as skipped

Examples:
  ./trireme test
  ./trireme test --no-e2e`);
  process.exit(0);
}

const root = join(import.meta.dirname, '../..');
const results = join(root, 'dist/test-results');
rmSync(results, { recursive: true, force: true });

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const steps: Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'floors', command: [process.execPath, 'tools/floors/cli.ts'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the pure floors', command: ['tsc', '-p', 'tsconfig.core.json'] },
  { name: 'bundle', command: [process.execPath, 'tools/bundle/cli.ts'] },
  ...(values['no-install']
    ? []
    : [{ name: 'system packages', command: [process.execPath, 'dist/trireme.mjs', 'install', '--for-tests'] }]),
  { name: 'tests', command: ['nx', 'run-many', '-t', 'test', '--parallel=2', '--output-style=static'] },
  ...(values['no-e2e']
    ? []
    : [
        { name: 'end-to-end tests', command: ['nx', 'run-many', '-t', 'e2e', '--parallel=1', '--output-style=static'] },
      ]),
];

const failedSteps: string[] = [];
for (const step of steps) {
  const startedMs = performance.now();
  console.log(`\n== ${step.name}`);
  const [command = '', ...args] = step.command;
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (done.status !== 0) failedSteps.push(step.name);
  console.log(`== ${step.name}: ${done.status === 0 ? 'ok' : 'FAILED'} in ${seconds} s`);
}

const projects = projectsWithTests(root)
  .filter(({ target }) => !(values['no-e2e'] && target === 'e2e'))
  .map(({ name }) => name);
const counts = addUpReports(results, projects);
for (const name of counts.missing) console.error(`no test report from ${name}: its tests did not run`);
for (const failure of counts.failures) console.error(`failed: ${failure}`);
const failed = counts.failed === 0 && failedSteps.length > 0 ? failedSteps.length : counts.failed;
if (failedSteps.length > 0) console.error(`failed steps: ${failedSteps.join(', ')}`);
console.log(`\n${closingLine({ ...counts, failed })}`);
process.exit(failed === 0 ? 0 : 1);
