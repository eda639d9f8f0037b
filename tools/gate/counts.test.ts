import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addUpReports, closingLine } from './counts.ts';

describe('addUpReports', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trireme-counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const report = (project: string, parts: object): void => {
    const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, numFailedTestSuites: 0 };
    writeFileSync(
      join(folder, `${project}.json`),
      JSON.stringify({ ...none, success: true, testResults: [], ...parts }),
    );
  };

  it('adds up, and counts what has no report as failed', () => {
    report('one', { numPassedTests: 2, numPendingTests: 1 });
    report('two', { numPassedTests: 3, numTodoTests: 1 });
    const counts = addUpReports(folder, ['one', 'two', 'three']);
    expect(counts).toMatchObject({ passed: 5, failed: 1, skipped: 2, missing: ['three'], failures: [] });
    expect(closingLine(counts)).toBe('5 passed, 1 failed, 2 skipped');
  });

  it('says what failed, without the frames of the test runner', () => {
    const message =
      'Error: not so\n    at /tree/src/a.test.ts:3:1\n    at run (/tree/node_modules/runner/index.js:1:1)';
    const assertionResults = [
      { status: 'passed', fullName: 'a works', failureMessages: [] },
      { status: 'failed', fullName: 'a breaks', failureMessages: [message] },
    ];
    report('one', {
      numFailedTests: 1,
      success: false,
      testResults: [{ name: '/tree/src/a.test.ts', status: 'failed', message: '', assertionResults }],
    });
    expect(addUpReports(folder, ['one']).failures).toEqual([
      'one: a.test.ts: a breaks: Error: not so\n    at /tree/src/a.test.ts:3:1',
    ]);
  });

  it('counts a file that could not be loaded', () => {
    const testResults = [
      { name: '/tree/src/a.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
    ];
    report('one', { success: false, testResults });
    expect(addUpReports(folder, ['one'])).toMatchObject({ failed: 1, failures: ['one: a.test.ts: no such module'] });
  });
});
