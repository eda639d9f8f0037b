import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What all test runners counted together. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * Adds up the reports of `projects` under `directory`. A project without a report did not run its tests: that counts as a
 * failure, and so does a file that could not even be loaded.
 */
export function addUpReports(
  directory: string,
  projects: readonly string[],
): Counts & { readonly missing: readonly string[]; readonly failures: readonly string[] } {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const missing: string[] = [];
  const failures: string[] = [];
  for (const project of projects) {
    const file = join(directory, `${project}.json`);
    if (!existsSync(file)) {
      missing.push(project);
      total.failed += 1;
      continue;
    }
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    total.passed += report.numPassedTests;
    total.failed += report.numFailedTests;
    total.skipped += report.numPendingTests + report.numTodoTests;
    if (!report.success && report.numFailedTests === 0) total.failed += 1;
    failures.push(...failuresOf(project, report));
  }
  return { ...total, missing, failures };
}

/** What failed and why, a line or a few each: whoever reads only the end of a long log finds it there. */
function failuresOf(project: string, { testResults }: VitestReport): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = `${project}: ${basename(name)}`;
    const failed = assertionResults.filter((each) => each.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLines(message)}`] : [];
    return failed.map(
      ({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLines(failureMessages.join('\n'))}`,
    );
  });
}

function firstLines(message: string): string {
  const lines = message.split('\n').filter((line) => !/^\s+at .*(?:node_modules|node:internal)/.test(line));
  return lines.slice(0, 6).join('\n').slice(0, 800);
}

/** Folders with tests: each is a project, named for its folder. `target`: what runs them. */
export function projectsWithTests(
  root: string,
): { readonly name: string; readonly folder: string; readonly target: 'test' | 'e2e' }[] {
  const manifests = globSync('{packages,apps,test}/*/package.json', { cwd: root }).sort();
  const folders = [...manifests.map((path) => path.slice(0, -'/package.json'.length)), 'tools'];
  return folders
    .filter(
      (folder) => globSync('**/*.test.ts', { cwd: join(root, folder), exclude: ['**/node_modules/**'] }).length > 0,
    )
    .map((folder) => ({ name: folder.split('/').at(-1) ?? folder, folder, target: targetOf(join(root, folder)) }));
}

/** Projects whose tests need the machine for themselves have the target `e2e`, and run one after the other. */
function targetOf(folder: string): 'test' | 'e2e' {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly test?: string };
  };
  return scripts.test === undefined ? 'e2e' : 'test';
}

export function closingLine(counts: Counts): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}
