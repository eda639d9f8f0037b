import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import { type Change, rowOf, withChanges } from '../../../test/findings.ts';
import { podKind } from './kind.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', creationTimestamp: '2026-01-01T00:55:00Z' },
  spec: {
    nodeName: 'node-1',
    containers: [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x' },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.0.0.7',
    podIPs: [{ ip: '10.0.0.7' }],
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'a', ready: true, restartCount: 0, image: 'x', imageID: '', state: { running: {} } },
      { name: 'b', ready: true, restartCount: 0, image: 'x', imageID: '', state: { running: {} } },
    ],
  },
};

const statuses = 'status/containerStatuses';
const restarted = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:57:00Z' } };
const deleted: Change = ['metadata/deletionTimestamp', '2026-01-01T00:59:00Z'];
const init = (...states: readonly object[]): Change => [
  'status/initContainerStatuses',
  states.map((state, i) => ({ name: `i${i}`, restartCount: 0, ...state })),
];
const initSpec: Change = ['spec/initContainers', [{ name: 'i0' }, { name: 'i1' }]];
const sidecarSpec: Change = ['spec/initContainers', [{ name: 'i0', restartPolicy: 'Always' }]];
const starting: Change = [statuses, []];
const pending: Change = ['status/phase', 'Pending'];

describe('what `get pods` says', () => {
  test.each<[string, readonly Change[], Readonly<Record<string, string>>]>([
    ['all run', [], { Ready: '2/2', Status: 'Running', Restarts: '0', Age: '5m' }],
    [
      'one crashes',
      [
        [
          `${statuses}/1`,
          { name: 'b', restartCount: 3, lastState: restarted, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      ],
      { Ready: '1/2', Status: 'CrashLoopBackOff', Restarts: '3 (3m ago)' },
    ],
    [
      'two wait, and the first tells why',
      [
        [`${statuses}/0/state`, { waiting: { reason: 'ErrImagePull' } }],
        [`${statuses}/1/state`, { waiting: { reason: 'CrashLoopBackOff' } }],
      ],
      { Status: 'ErrImagePull' },
    ],
    [
      'is past its initialization, whose restarts no longer count',
      [initSpec, init({ restartCount: 4, lastState: restarted, state: { terminated: { exitCode: 0 } } })],
      { Ready: '2/2', Status: 'Running', Restarts: '0' },
    ],
    ['is being deleted', [deleted], { Status: 'Terminating' }],
    ['is deleted on a lost node', [deleted, ['status/reason', 'NodeLost']], { Status: 'Unknown' }],
    ['ended, then deleted', [deleted, ['status/phase', 'Succeeded'], starting], { Status: 'Succeeded' }],
    ['was evicted', [['status/reason', 'Evicted'], ['status/phase', 'Failed'], starting], { Status: 'Evicted' }],
    [
      'all completed',
      [
        [`${statuses}/0/state`, { terminated: { exitCode: 0, reason: 'Completed' } }],
        [`${statuses}/1/state`, { terminated: { exitCode: 0, reason: 'Completed' } }],
      ],
      { Ready: '0/2', Status: 'Completed' },
    ],
    [
      'one completed, one runs',
      [[`${statuses}/0/state`, { terminated: { exitCode: 0, reason: 'Completed' } }]],
      { Status: 'Running' },
    ],
    [
      'one completed, one runs, not ready',
      [
        [`${statuses}/0/state`, { terminated: { exitCode: 0, reason: 'Completed' } }],
        ['status/conditions', []],
      ],
      { Status: 'NotReady' },
    ],
    ['ended without a reason', [[`${statuses}/0/state`, { terminated: { exitCode: 2 } }]], { Status: 'ExitCode:2' }],
    ['was killed', [[`${statuses}/0/state`, { terminated: { exitCode: 137, signal: 9 } }]], { Status: 'Signal:9' }],
    [
      'waits for its second init container',
      [initSpec, starting, pending, init({ state: { terminated: { exitCode: 0 } } }, { state: { running: {} } })],
      { Ready: '0/2', Status: 'Init:1/2' },
    ],
    [
      'fails to initialize',
      [initSpec, starting, pending, init({ state: { terminated: { exitCode: 1, reason: 'Error' } } })],
      { Status: 'Init:Error' },
    ],
    [
      'fails to initialize by exit code',
      [initSpec, starting, pending, init({ state: { terminated: { exitCode: 3 } } })],
      { Status: 'Init:ExitCode:3' },
    ],
    [
      'cannot pull for init',
      [initSpec, starting, pending, init({ state: { waiting: { reason: 'ImagePullBackOff' } } })],
      { Status: 'Init:ImagePullBackOff' },
    ],
    [
      'is about to initialize',
      [initSpec, starting, pending, init({ state: { waiting: { reason: 'PodInitializing' } } })],
      { Status: 'Init:0/2' },
    ],
    [
      'runs with a sidecar',
      [
        sidecarSpec,
        init({ started: true, ready: true, restartCount: 1, lastState: restarted, state: { running: {} } }),
      ],
      { Ready: '3/3', Status: 'Running', Restarts: '1 (3m ago)' },
    ],
    [
      'waits behind a gate',
      [
        [
          'status',
          { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
        ],
      ],
      { Ready: '0/2', Status: 'SchedulingGated' },
    ],
    [
      'has no place yet',
      [
        ['status', { phase: 'Pending' }],
        ['spec/nodeName', undefined],
      ],
      { Status: 'Pending', IP: '<none>', Node: '<none>', 'Nominated Node': '<none>', 'Readiness Gates': '<none>' },
    ],
    ['is somewhere', [], { IP: '10.0.0.7', Node: 'node-1' }],
    [
      'has gates',
      [['spec/readinessGates', [{ conditionType: 'Ready' }, { conditionType: 'x' }]]],
      { 'Readiness Gates': '1/2' },
    ],
  ])('%s', (_title, changes, cells) => {
    expect(rowOf(podKind, withChanges(pod, changes), nowMs)).toMatchObject(cells);
  });
});

test('columns and their place', () => {
  expect(podKind.columns.map(({ name, priority }) => `${name}${priority === 1 ? ' (wide)' : ''}`)).toEqual([
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
    'IP (wide)',
    'Node (wide)',
    'Nominated Node (wide)',
    'Readiness Gates (wide)',
  ]);
});
