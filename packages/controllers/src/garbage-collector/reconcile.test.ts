import type { ApiObject } from '@trireme/schema';
import { deployments, nodes, pods, replicasets } from '@trireme/schema/resources';
import type { ObjectMeta, OwnerReference } from '@trireme/schema/types/meta/v1';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../controller.ts';
import { createView, describePlan } from '../testing/index.ts';
import { createGarbageCollector } from './reconcile.ts';

const collector = createGarbageCollector({ resources: [deployments, replicasets, pods, nodes] });
const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };

const own = (kind: string, name: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: kind === 'Node' || kind === 'ConfigMap' ? 'v1' : 'apps/v1',
  kind,
  name,
  uid: `uid-${name}`,
  controller: true,
  blockOwnerDeletion: true,
  ...more,
});
const object = (kind: string, name: string, metadata: Partial<ObjectMeta> = {}): ApiObject => ({
  apiVersion: kind === 'Pod' || kind === 'Node' ? 'v1' : 'apps/v1',
  kind,
  metadata: {
    name,
    namespace: kind === 'Node' ? undefined : 'ns',
    uid: `uid-${name}`,
    resourceVersion: '1',
    ...metadata,
  },
});
const set = (metadata: Partial<ObjectMeta> = {}) => object('ReplicaSet', 'rs', metadata);
const pod = (metadata: Partial<ObjectMeta> = {}) =>
  object('Pod', 'p', { ownerReferences: [own('ReplicaSet', 'rs')], ...metadata });
const judge = (key: string, ...objects: readonly ApiObject[]): Plan => collector.reconcile(key, createView(objects), 0);
const podKey = '/v1/pods|ns/p';
const setKey = 'apps/v1/replicasets|ns/rs';

describe('garbage collector', () => {
  const cases: readonly [string, Plan, readonly string[]][] = [
    ['leaves what has its owner', judge(podKey, set(), pod()), []],
    ['leaves what has no owner', judge(podKey, pod({ ownerReferences: [] })), []],
    ['deletes what has lost its owner', judge(podKey, pod()), ['delete pods p']],
    ['deletes what has an owner of another life', judge(podKey, set({ uid: 'new' }), pod()), ['delete pods p']],
    ['leaves what is being deleted already', judge(podKey, pod(deleting)), []],
    [
      'leaves what another still owns, and forgets the lost owner',
      judge(podKey, set(), pod({ ownerReferences: [own('ReplicaSet', 'rs'), own('Deployment', 'd')] })),
      [`patch pods p {"metadata":{"ownerReferences":[${JSON.stringify(own('ReplicaSet', 'rs'))}]}}`],
    ],
    [
      'knows nothing of kinds that it does not collect',
      judge(podKey, pod({ ownerReferences: [own('ConfigMap', 'c')] })),
      [],
    ],
    [
      'finds owners outside namespaces',
      judge(podKey, object('Node', 'n'), pod({ ownerReferences: [own('Node', 'n')] })),
      [],
    ],
    [
      'deletes what a foreground deletion waits for',
      judge(podKey, set({ ...deleting, finalizers: ['foregroundDeletion'] }), pod()),
      ['delete pods p'],
    ],
    [
      'waits in the foreground while something blocks',
      judge(setKey, set({ ...deleting, finalizers: ['foregroundDeletion'] }), pod(deleting)),
      [],
    ],
    [
      'ends a foreground deletion when nothing blocks it',
      judge(
        setKey,
        set({ ...deleting, finalizers: ['other', 'foregroundDeletion'] }),
        pod({ ownerReferences: [own('ReplicaSet', 'rs', { blockOwnerDeletion: false })] }),
      ),
      ['patch replicasets rs {"metadata":{"finalizers":["other"]}}'],
    ],
    [
      'sets dependents free before an orphaning owner goes',
      judge(setKey, set({ ...deleting, finalizers: ['orphan'] }), pod()),
      ['patch pods p {"metadata":{"ownerReferences":null}}'],
    ],
    [
      'lets an orphaning owner go when all are free',
      judge(setKey, set({ ...deleting, finalizers: ['orphan'] })),
      ['patch replicasets rs {"metadata":{"finalizers":null}}'],
    ],
  ];
  it.each(cases)('%s', (_, plan, expected) => {
    expect(describePlan(plan)).toEqual(expected);
  });

  it('deletes only what it has seen, and only if the owner is really gone', () => {
    expect(judge(podKey, pod()).actions).toMatchObject([
      {
        target: { name: 'p', namespace: 'ns', uid: 'uid-p', resourceVersion: '1' },
        propagationPolicy: 'Background',
        onlyIfGone: [{ ref: replicasets, name: 'rs', namespace: 'ns', uid: 'uid-rs' }],
      },
    ]);
  });

  it('passes a foreground deletion on to what has dependents of its own', () => {
    const deployment = object('Deployment', 'd', { ...deleting, finalizers: ['foregroundDeletion'] });
    const middle = set({ ownerReferences: [own('Deployment', 'd')] });
    expect(judge(setKey, deployment, middle, pod()).actions).toMatchObject([{ propagationPolicy: 'Foreground' }]);
    expect(judge(setKey, deployment, middle).actions).toMatchObject([{ propagationPolicy: 'Background' }]);
  });

  it('looks at the dependents of what is gone, and at the owner who waits for what is gone', () => {
    const keysOf = (kind: string, gone: ApiObject, ...left: readonly ApiObject[]) =>
      collector.watches.find(({ ref }) => ref.kind === kind)?.keys(gone, createView(left), undefined);
    expect(keysOf('ReplicaSet', set(), pod())).toEqual([podKey]);
    expect(keysOf('Pod', pod(), set({ ...deleting, finalizers: ['foregroundDeletion'] }))).toEqual([setKey]);
    expect(keysOf('Pod', pod(), set())).toEqual([]);
  });
});
