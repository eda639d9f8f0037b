import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Report, Side } from '../report/report.ts';
import { findEtcd } from './find-etcd.ts';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '../cli.ts');

const sound = (side: Side | null | undefined): boolean =>
  side !== null &&
  side !== undefined &&
  side.opsPerSecond > 0 &&
  side.p50Ms > 0 &&
  side.p99Ms >= side.p50Ms &&
  side.rssMb > 0 &&
  side.cpuUsPerOp >= 0 &&
  side.errors === 0;

// The short form: that both sides do all of it, and that the report is whole. How fast they are is asked for by hand.
describe('npm run bench -- store', () => {
  it('takes both sides through every kind of work, and leaves nothing behind', {
    timeout: 240_000,
  }, async (context) => {
    const etcd = await findEtcd(undefined, () => undefined, { mayBuild: false });
    if (!etcd) {
      console.error('SKIPPED: the store was not measured beside etcd, for there is no etcd here: install etcd-server');
      context.skip('there is no etcd');
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), 'trireme-bench-test-'));
    const json = join(folder, 'report.json');
    const size = ['--quick', '--seconds', '0.2', '--clients', '1,20', '--keys', '400', '--watchers', '100'];
    const work = ['--only', 'memory,put,get,range-100,watch,failover,kv-put'];
    const args = [cli, 'store', ...size, ...work, '--etcd', etcd.path, '--dir', folder, '--json', json];
    try {
      const { stdout } = await run(process.execPath, args, { timeout: 200_000 });
      const report = JSON.parse(await readFile(json, 'utf8')) as Report;
      expect(stdout).toContain(`trireme beside etcd ${etcd.version}`);
      expect(report.rows.map(({ work, clients }) => `${work} ${clients}`)).toEqual([
        'put 1',
        'put 20',
        'get 1',
        'get 20',
        'range-100 1',
        'range-100 20',
        'watch-10/s 100',
        'kv-put 1',
        'kv-put 20',
      ]);
      expect(
        report.rows.filter(({ ours, peer, ratio }) => !sound(ours) || !sound(peer) || !(Number(ratio) > 0)),
      ).toEqual([]);
      expect(report.figures.map(({ ours, peer }) => (ours?.worst ?? 0) > 0 && (peer?.worst ?? 0) > 0)).toEqual(
        Array(report.figures.length).fill(true),
      );
      expect(report.figures.map(({ name }) => name)).toContain('failover');
      expect(report.demands.length).toBeGreaterThan(5);
      expect(await readdir(folder)).toEqual(['report.json']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each([
    [['store', '--only', 'nothing'], 'there is no work "nothing"'],
    [['store', '--seconds', 'x'], '"x" is no positive number'],
    [['store', '--etcd', '/bin/false'], 'does not answer as etcd does'],
    [['shop'], 'there is no benchmark "shop"'],
  ])('refuses %o', async (args, text) => {
    await expect(run(process.execPath, [cli, ...args], { timeout: 20_000 })).rejects.toThrow(text);
  });
});
