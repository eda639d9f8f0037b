import { expect, test } from 'vitest';
import { parseCgroupMounts } from './cgroups.ts';
import { type HostFacts, judgeHost } from './detect-host.ts';
import { parseMountPoints } from './mounts.ts';

const whole: HostFacts = {
  linux: true,
  root: true,
  debian: true,
  aptGet: true,
  containerdVersion: '1.6.20',
  runcVersion: '1.1.5',
  cniBin: '/usr/lib/cni',
  busybox: '/bin/busybox',
  nft: true,
  conntrack: true,
  ip: true,
  nsenter: true,
  cgroupMode: 'v1',
  restrictOomScoreAdj: true,
  overlayfs: true,
};

test.each([
  ['whole', {}, { capable: true, ready: true, missingPackages: [], reasons: [] }],
  [
    'fresh Debian',
    { containerdVersion: undefined, cniBin: undefined, nft: false },
    {
      capable: true,
      ready: false,
      missingPackages: ['containerd', 'containernetworking-plugins', 'nftables'],
      reasons: ['missing: containerd, containernetworking-plugins, nftables'],
    },
  ],
  ['not Debian', { debian: false, runcVersion: undefined }, { capable: false, missingPackages: ['runc'] }],
  ['not root', { root: false }, { capable: false, reasons: ['this is not root'] }],
  ['no cgroups', { cgroupMode: 'none' as const }, { capable: false, reasons: ['no cgroups are mounted'] }],
])('a host: %s', (_name, change, verdict) => {
  expect(judgeHost({ ...whole, ...change })).toMatchObject(verdict);
});

test.each([
  ['v2', 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0', 'v2', ['/sys/fs/cgroup']],
  [
    'hybrid',
    'cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
    'v1',
    ['/sys/fs/cgroup/cpuset', '/sys/fs/cgroup/unified'],
  ],
  ['none', 'proc /proc proc rw 0 0', 'none', []],
])('cgroups: %s', (_name, mounts, mode, paths) => {
  const found = parseCgroupMounts(mounts);
  expect([found.mode, found.mounts.map(({ path }) => path)]).toEqual([mode, paths]);
});

test('mount points with spaces are read', () => {
  expect(parseMountPoints('1 2 0:3 / /a\\040b rw - tmpfs t rw\n')).toEqual(['/a b']);
});
