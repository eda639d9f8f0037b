import { fieldErrorMessage } from '@trireme/api-machinery';
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '@trireme/schema/types/apps/v1';
import type { PodTemplateSpec } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  created,
  createFindings,
  rowOf,
  updateFindings,
  withChange,
  withChanges,
} from '../../test/findings.ts';
import { controllerRevisionKind } from './controller-revision/kind.ts';
import { daemonSetKind } from './daemon-set/kind.ts';
import { deploymentKind } from './deployment/kind.ts';
import { replicaSetKind } from './replica-set/kind.ts';
import { statefulSetKind } from './stateful-set/kind.ts';

const metadata = { name: 'web', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };
const selector = { matchLabels: { app: 'web' } };
const template: PodTemplateSpec = {
  metadata: { name: '', labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1' }] },
};
const deployment: Deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template } };
const replicaSet: ReplicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { selector, template } };
const daemonSet: DaemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } };
const statefulSet: StatefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { selector, template } };
const nowMs = Date.parse('2026-01-01T00:03:00Z');

describe('Deployment', () => {
  test('is filled, but its template no more than a template is', () => {
    const { spec, status } = created(deploymentKind, deployment);
    expect({ ...spec, template: undefined }).toEqual({
      selector,
      template: undefined,
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    expect(spec.template.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
    expect(spec.template.spec?.enableServiceLinks).toBeUndefined();
    expect(status).toEqual({});
    expect(createFindings(deploymentKind, deployment)).toEqual([]);
  });

  test.each<[Change, ...string[]]>([
    [['spec/selector', undefined], 'spec.selector: Required value'],
    [['spec/selector', {}], 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    [
      ['spec/template/metadata/labels', { app: 'api' }],
      'spec.template.metadata.labels: Invalid value: {"app":"api"}: `selector` does not match template `labels`',
    ],
    [['spec/template/spec', undefined], 'spec.template.spec.containers: Required value'],
    [['spec/template/spec/containers/0/image', ''], 'spec.template.spec.containers[0].image: Required value'],
    [
      ['spec/template/spec/restartPolicy', 'Never'],
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      ['spec/template/spec/activeDeadlineSeconds', 5],
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
    [['spec/replicas', -1], 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      ['spec/progressDeadlineSeconds', 0],
      'spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds',
    ],
    [
      ['spec/strategy', { type: 'Recreate', rollingUpdate: {} }],
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      ['spec/strategy', { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } }],
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      ['spec/strategy', { rollingUpdate: { maxUnavailable: '101%' } }],
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      ['spec/strategy', { rollingUpdate: { maxSurge: 'few' } }],
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"few\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ])('refuses %j', (change, ...messages) => {
    expect(createFindings(deploymentKind, withChange(deployment, change))).toEqual(messages);
  });

  test('keeps its selector', () => {
    const changed = withChanges(deployment, [
      ['spec/selector/matchLabels', { app: 'b' }],
      ['spec/template/metadata/labels', { app: 'b' }],
    ]);
    expect(updateFindings(deploymentKind, changed, deployment)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ]);
  });

  test('counts a changed annotation as a generation, and a label not', () => {
    const annotated = withChanges(deployment, [['metadata/annotations', { a: 'b' }]]);
    const labelled = withChanges(deployment, [['metadata/labels', { a: 'b' }]]);
    expect(deploymentKind.changesGeneration?.(annotated, deployment)).toBe(true);
    expect(deploymentKind.changesGeneration?.(labelled, deployment)).toBe(false);
  });

  test('checks the numbers of its status', () => {
    const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3, collisionCount: 1 };
    const old = withChanges(deployment, [['status', { collisionCount: 2 }]]);
    expect(deploymentKind.validateStatusUpdate?.({ ...deployment, status }, old).map(fieldErrorMessage)).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });

  test('scales', () => {
    const scaled = deploymentKind.scale?.withReplicas(deployment, 5);
    expect(scaled?.spec.replicas).toBe(5);
    expect(deploymentKind.scale?.selector(deployment)).toBe('app=web');
  });

  test('columns', () => {
    const running = withChanges(created(deploymentKind, deployment), [
      ['status', { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 }],
    ]);
    expect(rowOf(deploymentKind, running, nowMs)).toEqual({
      Name: 'web',
      Ready: '1/1',
      'Up-to-date': 1,
      Available: 1,
      Age: '3m',
      Containers: 'web',
      Images: 'nginx:1',
      Selector: 'app=web',
    });
  });
});

describe('ReplicaSet', () => {
  test('good, and its columns', () => {
    expect(createFindings(replicaSetKind, replicaSet)).toEqual([]);
    const stored = created(replicaSetKind, replicaSet);
    expect(stored.status).toEqual({ replicas: 0 });
    expect(rowOf(replicaSetKind, stored, nowMs)).toMatchObject({ Desired: 1, Current: 0, Ready: 0, Age: '3m' });
    expect(replicaSetKind.selectableFields?.(stored)).toEqual({ 'status.replicas': '0' });
  });

  test('refuses a template that its selector does not match', () => {
    const other = withChanges(replicaSet, [['spec/template/metadata', {}]]);
    expect(createFindings(replicaSetKind, other)).toEqual([
      'spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`',
    ]);
  });
});

describe('DaemonSet', () => {
  test('good, and its columns', () => {
    expect(createFindings(daemonSetKind, daemonSet)).toEqual([]);
    const stored = created(daemonSetKind, daemonSet);
    expect(stored.spec.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
    });
    expect(rowOf(daemonSetKind, stored, nowMs)).toMatchObject({ Desired: 0, Ready: 0, 'Node Selector': '<none>' });
  });

  test.each<[Change, ...string[]]>([
    [['spec/selector', {}], 'spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    [
      ['spec/updateStrategy', { rollingUpdate: { maxUnavailable: 0 } }],
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [
      ['spec/updateStrategy', { type: 'Never' }],
      'spec.updateStrategy: Unsupported value: "Never": supported values: "RollingUpdate", "OnDelete"',
    ],
  ])('refuses %j', (change, ...messages) => {
    expect(createFindings(daemonSetKind, withChange(daemonSet, change))).toEqual(messages);
  });
});

describe('StatefulSet', () => {
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };

  test('good, with a claim that its containers mount', () => {
    const set = withChanges(statefulSet, [
      ['spec/volumeClaimTemplates', [claim]],
      ['spec/template/spec/containers/0/volumeMounts', [{ name: 'data', mountPath: '/data' }]],
    ]);
    expect(createFindings(statefulSetKind, set)).toEqual([]);
    expect(created(statefulSetKind, set).spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [{ kind: 'PersistentVolumeClaim', spec: { volumeMode: 'Filesystem' } }],
    });
  });

  test('refuses an unknown policy, and changes of what must stay', () => {
    expect(createFindings(statefulSetKind, withChanges(statefulSet, [['spec/podManagementPolicy', 'Any']]))).toEqual([
      `spec.podManagementPolicy: Invalid value: "Any": must be 'OrderedReady' or 'Parallel'`,
    ]);
    const renamed = withChanges(statefulSet, [['spec/serviceName', 'other']]);
    expect(updateFindings(statefulSetKind, renamed, statefulSet)).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
    expect(updateFindings(statefulSetKind, withChanges(statefulSet, [['spec/replicas', 4]]), statefulSet)).toEqual([]);
  });
});

describe('ControllerRevision', () => {
  const revision: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      ...metadata,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true }],
    },
    data: { a: 1 },
    revision: 2,
  };

  test('shows whose it is, and keeps its data', () => {
    expect(rowOf(controllerRevisionKind, revision, nowMs)).toMatchObject({
      Controller: 'statefulset.apps/web',
      Revision: 2,
    });
    const changed = withChanges(revision, [['data', { a: 2 }]]);
    expect(updateFindings(controllerRevisionKind, changed, revision)).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ]);
  });
});
