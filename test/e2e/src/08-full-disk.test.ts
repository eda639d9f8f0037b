import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issue } from '@trireme/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, run, start } from './run.ts';
import { type Access, send } from './send.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const valueBytes = 300_000;

/** A member on a file system of its own that is soon full. */
async function startMember(mountPoint: string): Promise<{ readonly member: ChildProcess; readonly access: Access }> {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=90m', 'tmpfs', mountPoint]);
  const folder = join(mountPoint, 'server');
  const listen = [
    '--listen',
    '127.0.0.1:17443',
    '--peer-listen',
    '127.0.0.1:17380',
    '--advertise-address',
    '127.0.0.1',
  ];
  const member = start('./trireme', ['server', '--data-dir', folder, '--name', 'small', ...listen]);
  const secrets = await eventually('the member has its secrets', 30_000, async () => {
    const text = readFileSync(join(folder, 'pki/cluster-secrets.json'), 'utf8');
    return JSON.parse(text) as { ca: { certificatePem: string; privateKeyPem: string } };
  });
  const admin = await issue(secrets.ca, {
    subject: { commonName: 'admin', organizations: ['system:masters'] },
    usages: ['client'],
    validDays: 1,
    nowMs: Date.now(),
  });
  const access = {
    server: 'https://127.0.0.1:17443',
    ca: secrets.ca.certificatePem,
    cert: admin.certificatePem,
    key: admin.privateKeyPem,
  };
  return { member, access };
}

describe.skipIf(process.env.E2E_SKIP)('a full disk', () => {
  it('refuses writes with a clear error, loses nothing, and takes writes again when there is room', async () => {
    const mountPoint = mkdtempSync(join(tmpdir(), 'trireme-full-'));
    const { member, access } = await startMember(mountPoint);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(async () => {
      agent.destroy();
      member.kill('SIGTERM');
      await once(member, 'exit');
      await run('umount', [mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    });
    const write = (name: string, bytes: number) =>
      send(access, agent, 'POST', configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        // Random, so that the disk cannot make it small.
        data: { value: randomBytes(bytes).toString('base64') },
      });
    await eventually('the member is ready', 30_000, async () => {
      const ready = await send(access, agent, 'GET', '/readyz');
      return ready.status === 200 ? true : undefined;
    });

    const acknowledged: string[] = [];
    let refusal = '';
    for (let i = 0; i < 400 && refusal === ''; i++) {
      const answer = await write(`big-${i}`, valueBytes);
      if (answer.status === 201) acknowledged.push(`big-${i}`);
      else refusal = answer.body;
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(JSON.parse(refusal)).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      message: expect.stringContaining('out of space'),
    });
    const list = await send(access, agent, 'GET', configMaps);
    const there = new Set(
      (JSON.parse(list.body) as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name),
    );
    expect(acknowledged.filter((name) => !there.has(name))).toEqual([]);

    await run('mount', ['-o', 'remount,size=400m', mountPoint]);
    await eventually('writes are taken again', 30_000, async () =>
      (await write('after', 10)).status === 201 ? true : undefined,
    );
  });
});
