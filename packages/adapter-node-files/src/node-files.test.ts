import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFilesSuite } from '@trireme/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMountInfo } from './mount-table.ts';
import { osImageOf, parseResolvConf, readMachineFacts } from './node-facts.ts';
import { createNodeFiles } from './node-files.ts';

describe('node files on disk', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'node-files-'));
  });
  afterEach(async () => {
    const files = createNodeFiles();
    for (const mount of await files.mountsBelow(directory)) await files.unmount(mount);
    await rm(directory, { recursive: true, force: true });
  });

  for (const { name, run } of nodeFilesSuite) {
    it(name, () => run(createNodeFiles(), directory));
  }

  it('says what failed, and where', async () => {
    const files = createNodeFiles();
    await files.writeFile(`${directory}/file`, new Uint8Array(1));
    const failing = files.makeDirectory(`${directory}/file/below`);
    await expect(failing).rejects.toMatchObject({ name: 'NodeFilesError', code: 'failed' });
    await expect(failing).rejects.toThrow(`make directory ${directory}/file/below: `);
  });

  it('never removes a control group near the root', async () => {
    await createNodeFiles().removeCgroup('/');
    await createNodeFiles().removeCgroup('/kubepods');
    await createNodeFiles().removeCgroup('/kubepods/trireme-test-that-is-not-there');
  });
});

describe('facts of a machine', () => {
  it('measures this one', async () => {
    const facts = await readMachineFacts(tmpdir());
    expect(facts.cpus).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(1 << 20);
    expect(facts.ephemeralStorageBytes).toBeGreaterThan(0);
    expect(facts.info.kernelVersion).not.toBe('');
  });

  it('reads mount points with escaped names', () => {
    const text = '24 30 0:22 / /proc rw - proc proc rw\n25 30 0:23 / /a\\040b rw - tmpfs tmpfs rw\n';
    expect(parseMountInfo(text)).toEqual(['/proc', '/a b']);
  });

  it('reads os-release and resolv.conf', () => {
    expect(osImageOf('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
    expect(osImageOf('')).toBe('Linux');
    const conf =
      '# made by hand\nsearch old.example\nnameserver 192.0.2.1 # first\nsearch example.com .\noptions ndots:2 rotate\n';
    expect(parseResolvConf(conf)).toEqual({
      servers: ['192.0.2.1'],
      searches: ['example.com'],
      options: ['ndots:2', 'rotate'],
    });
  });
});
