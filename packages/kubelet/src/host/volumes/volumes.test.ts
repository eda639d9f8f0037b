import { fromUtf8, utf8 } from '@trireme/base';
import type { ApiClient } from '@trireme/client';
import type { TokenRequest } from '@trireme/schema/types/authentication/v1';
import type { VolumeMount } from '@trireme/schema/types/core/v1';
import { createVirtualTime } from '@trireme/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeContainer, makePod } from '../../testing/pod-fixture.ts';
import type { VolumeFile } from '../../volume-content.ts';
import { createMemoryNodeFiles } from '../testing/memory-node-files.ts';
import { writeAtomicVolume } from './atomic-volume.ts';
import { mountsOf } from './container-mounts.ts';
import { checkHostPath } from './plain-volumes.ts';
import { createTokenSource } from './token-source.ts';

describe('writeAtomicVolume', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'dir/x', 'dir/y', 'other/deep/z');
  const content = fc.dictionary(name, fc.string({ maxLength: 5 }), { maxKeys: 6 });

  it('shows exactly the newest set of files, whatever came before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 5 }), async (sets) => {
        const files = createMemoryNodeFiles();
        let nowMs = 0;
        for (const set of sets) {
          const wanted = new Map(
            Object.entries(set).map(([path, text]): [string, VolumeFile] => [
              path,
              { mode: 0o644, content: utf8(text) },
            ]),
          );
          nowMs += 100;
          await writeAtomicVolume(files, '/v', wanted, { nowMs, gid: undefined });
          expect(await writeAtomicVolume(files, '/v', wanted, { nowMs, gid: undefined })).toBe(false);
          for (const [path, text] of Object.entries(set)) {
            expect(fromUtf8((await files.readFile(`/v/${path}`, 100)) ?? utf8('missing'))).toBe(text);
          }
          const tops = new Set(Object.keys(set).map((path) => path.split('/')[0]));
          const visible = (await files.list('/v')).filter((entry) => !entry.startsWith('..'));
          expect(visible).toEqual([...tops].sort());
          // The set before, and nothing older, was removed.
          expect(
            (await files.list('/v')).filter((entry) => entry.startsWith('..2') || entry.startsWith('..1')),
          ).toHaveLength(1);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('mountsOf', () => {
  const paths = { rootDirectory: '/k', logDirectory: '/l' };
  const directory = '/k/pods/uid-1/volumes/kubernetes.io~empty-dir/d';
  const resolve = async (mount: Partial<VolumeMount>) => {
    const files = createMemoryNodeFiles();
    await files.makeDirectory(`${directory}/there`);
    await files.writeFile('/etc/shadow', utf8('secret'));
    await files.symlink('/etc', `${directory}/out`);
    await files.symlink('there', `${directory}/in`);
    const app = makeContainer('app', { volumeMounts: [{ name: 'd', mountPath: '/data', ...mount }] });
    const pod = makePod({ containers: [app], volumes: [{ name: 'd', emptyDir: {} }] });
    try {
      const [found] = await mountsOf(files, paths, pod, app, new Map([['POD', 'web']]));
      return found;
    } finally {
      expect(await files.list('/etc'), 'nothing is made outside the volume').toEqual(['shadow']);
    }
  };
  const rows = [
    ['the volume', {}, directory],
    ['a part of it', { subPath: 'there' }, `${directory}/there`],
    ['a part that is made', { subPath: 'new/one' }, `${directory}/new/one`],
    ['a part by a variable', { subPathExpr: '$(POD)' }, `${directory}/web`],
    ['a link inside', { subPath: 'in' }, `${directory}/there`],
  ] as const;
  for (const [name, mount, hostPath] of rows) {
    it(`mounts ${name}`, async () => expect((await resolve(mount))?.hostPath).toBe(hostPath));
  }
  for (const subPath of ['out', 'out/shadow', '../../x', '/etc', 'out/new']) {
    it(`refuses ${subPath}`, async () => {
      await expect(resolve({ subPath })).rejects.toThrow(
        'failed to prepare subPath for volumeMount "d" of container "app"',
      );
    });
  }
});

describe('checkHostPath', () => {
  it('holds a path to what it is said to be', async () => {
    const files = createMemoryNodeFiles();
    await files.makeDirectory('/dir');
    await files.writeFile('/file', utf8(''));
    const check = (path: string, type: 'Directory' | 'File' | 'DirectoryOrCreate' | '' | 'Socket') =>
      checkHostPath(files, { path, type });
    expect(await check('/dir', 'Directory')).toBeUndefined();
    expect(await check('/nothing', '')).toBeUndefined();
    expect(await check('/file', 'Directory')).toBe('hostPath type check failed: /file is not a directory');
    expect(await check('/nothing', 'File')).toBe('hostPath type check failed: /nothing is not a file');
    expect(await check('/file', 'Socket')).toBe('hostPath type check failed: /file is not a socket file');
    expect(await check('/made', 'DirectoryOrCreate')).toBeUndefined();
    expect((await files.stat('/made'))?.type).toBe('directory');
  });
});

describe('createTokenSource', () => {
  it('asks once, and again after four fifths of the time', async () => {
    const time = createVirtualTime();
    const asked: TokenRequest['spec'][] = [];
    const createSubresource = async (_target: unknown, _name: string, body: TokenRequest) => {
      asked.push(body.spec);
      const expirationTimestamp = new Date(time.now() + 3_600_000).toISOString();
      return { ...body, status: { token: `token-${asked.length}`, expirationTimestamp } };
    };
    const client = { resource: () => ({ createSubresource }) } as unknown as ApiClient;
    const tokens = createTokenSource(client, time);
    const projection = { path: 'token', expirationSeconds: 3600, audience: 'vault' };
    expect(await tokens.token(makePod(), projection)).toBe('token-1');
    await time.advance(0.79 * 3_600_000);
    expect(await tokens.token(makePod(), projection)).toBe('token-1');
    await time.advance(0.02 * 3_600_000);
    expect(await tokens.token(makePod(), projection)).toBe('token-2');
    expect(asked[0]).toEqual({
      audiences: ['vault'],
      expirationSeconds: 3600,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'uid-1' },
    });
    tokens.forget('uid-1');
    expect(await tokens.token(makePod(), projection)).toBe('token-3');
  });
});
