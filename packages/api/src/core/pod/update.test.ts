import { fieldErrorMessage } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import { type Change, created, updateFindings, withChanges } from '../../../test/findings.ts';
import { podKind } from './kind.ts';

const old: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    containers: [{ name: 'web', image: 'busybox:1' }],
    activeDeadlineSeconds: 100,
    tolerations: [{ key: 'a', operator: 'Exists' }],
  },
};

const fields =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('an update', () => {
  test.each<[string, readonly Change[], readonly string[]]>([
    ['may change an image', [['spec/containers/0/image', 'busybox:2']], []],
    ['may bring the deadline nearer', [['spec/activeDeadlineSeconds', 50]], []],
    ['may add a toleration', [['spec/tolerations/1', { key: 'b', operator: 'Exists' }]], []],
    ['may label', [['metadata/labels', { a: 'b' }]], []],
    [
      'may not put the deadline off',
      [['spec/activeDeadlineSeconds', 200]],
      ['spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value'],
    ],
    [
      'may not lift the deadline',
      [['spec/activeDeadlineSeconds', undefined]],
      ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    ],
    [
      'may not take a toleration',
      [['spec/tolerations', []]],
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    [
      'may not add a container',
      [['spec/containers/1', { name: 'b', image: 'b' }]],
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'may not gate a pod again',
      [['spec/schedulingGates', [{ name: 'g' }]]],
      [`spec.schedulingGates[0]: Forbidden: only deletion is allowed, but found new scheduling gate 'g'`],
    ],
    [
      'may change nothing else',
      [
        ['spec/containers/0/command', ['sh']],
        ['spec/hostname', 'b'],
      ],
      [
        `spec: Forbidden: pod updates may not change fields other than ${fields}\n+ containers[0].command: ["sh"]\n+ hostname: "b"`,
      ],
    ],
  ])('%s', (_title, changes, messages) => {
    expect(updateFindings(podKind, withChanges(old, changes), old)).toEqual(messages);
  });

  test('of a gated pod may narrow its nodes', () => {
    const gated = withChanges(old, [['spec/schedulingGates', [{ name: 'g' }]]]);
    const narrowed = withChanges(gated, [
      ['spec/schedulingGates', []],
      ['spec/nodeSelector', { disk: 'ssd' }],
    ]);
    expect(updateFindings(podKind, narrowed, gated)).toEqual([]);
    const widened = withChanges(narrowed, [['spec/nodeSelector', {}]]);
    const stillGated = withChanges(narrowed, [['spec/schedulingGates', [{ name: 'g' }]]]);
    expect(updateFindings(podKind, widened, stillGated)).toEqual([
      'spec.nodeSelector: Invalid value: {}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ]);
  });
});

describe('a status update', () => {
  const ended = withChanges(created(podKind, old), [
    ['spec/restartPolicy', 'Never'],
    ['status/containerStatuses', [{ name: 'web', state: { terminated: { exitCode: 0 } } }]],
  ]);

  test('may not bring an ended container back', () => {
    const back = withChanges(ended, [['status/containerStatuses/0/state', { running: {} }]]);
    expect(podKind.validateStatusUpdate?.(back, ended).map(fieldErrorMessage)).toEqual([
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
  });

  test('keeps the QoS class and the spec', () => {
    const changed = withChanges(ended, [
      ['status', { phase: 'Running' }],
      ['spec/nodeName', 'b'],
    ]);
    const prepared = podKind.prepareForStatusUpdate?.(changed, ended);
    expect(prepared?.status).toEqual({ phase: 'Running', qosClass: 'BestEffort' });
    expect(prepared?.spec).toBe(ended.spec);
  });

  test('may not change the class', () => {
    const changed = withChanges(ended, [['status/qosClass', 'Guaranteed']]);
    expect(podKind.validateStatusUpdate?.(changed, ended).map(fieldErrorMessage)).toEqual([
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ]);
  });
});

describe('ephemeral containers', () => {
  const debug = { name: 'debug', image: 'busybox' };
  const withDebug = withChanges(old, [['spec/ephemeralContainers', [debug]]]);
  const sub = podKind.subresources?.ephemeralcontainers;

  test('come in through their subresource, and nothing else does', () => {
    const sneaky = withChanges(withDebug, [['spec/nodeName', 'x']]);
    expect(sub?.prepare(sneaky, old).spec).toEqual({ ...old.spec, ephemeralContainers: [debug] });
    expect(sub?.validate(podKind.defaults(withDebug), podKind.defaults(old))).toEqual([]);
  });

  test('do not leave', () => {
    expect(sub?.validate(podKind.defaults(old), podKind.defaults(withDebug)).map(fieldErrorMessage)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
  });
});
