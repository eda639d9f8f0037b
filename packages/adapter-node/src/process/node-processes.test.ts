import { expect, test } from 'vitest';
import { nodePaths } from '../node-paths.ts';
import { containerdOf, shimsOf } from './node-processes.ts';
import { withDescendants } from './processes.ts';

const paths = nodePaths({ cluster: 'c', node: 'n1', home: '/h', runtimeDirectory: '/run/t' });
const info = (pid: number, line: string, parentPid = 1) => ({ pid, parentPid, argv: line.split(' ') });

const all = [
  info(10, '/usr/bin/containerd'),
  info(11, '/usr/bin/containerd --config /h/nodes/n1/containerd.toml'),
  info(12, '/usr/bin/containerd --config /h/nodes/n11/containerd.toml'),
  info(13, 'vi --config /h/nodes/n1/containerd.toml'),
  info(20, '/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id a -address /run/t/c/n1/containerd.sock'),
  info(21, '/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id b -address /run/containerd/containerd.sock'),
  info(30, '/pause', 20),
  info(31, 'sleep 9', 30),
];

test('only the processes of this very node are found', () => {
  expect(containerdOf(all, paths).map(({ pid }) => pid)).toEqual([11]);
  expect(shimsOf(all, paths).map(({ pid }) => pid)).toEqual([20]);
});

test('descendants are found through all generations', () => {
  expect(withDescendants(all, [20])).toEqual([20, 30, 31]);
});

test('names that could leave their folder are refused', () => {
  expect(() => nodePaths({ cluster: 'c', node: '../x', home: '/h' })).toThrow("name a cluster or node '../x'");
});
