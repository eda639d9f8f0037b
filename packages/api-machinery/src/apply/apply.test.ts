import { deepFreeze, type JsonObject } from '@trireme/base';
import { type ApiObject, builtinTypes } from '@trireme/schema';
import type { ManagedFieldsEntry } from '@trireme/schema/types/meta/v1';
import { describe, expect, test } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { createShapes } from './shape.ts';
import { trackUpdate } from './track-update.ts';
import { type FieldTracking, resetFields } from './tracking.ts';

const shape = createShapes(builtinTypes)('api.apps.v1.Deployment');
const base: Omit<FieldTracking, 'manager'> = {
  shape,
  apiVersion: 'apps/v1',
  nowIso: 'T1',
  resetFields: resetFields('status'),
};
const by = (manager: string, more: Partial<FieldTracking> = {}): FieldTracking => ({ ...base, manager, ...more });

function deployment(spec: JsonObject, metadata: JsonObject = {}): ApiObject {
  return deepFreeze({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...metadata }, spec });
}
const specOf = (object: ApiObject): JsonObject => (object as unknown as { readonly spec: JsonObject }).spec;

function apply(live: ApiObject | undefined, config: ApiObject, manager = 'a', force = false, nowIso = 'T1'): ApiObject {
  return deepFreeze(applyConfiguration(live, config, { ...by(manager, { nowIso }), force }));
}
function entry(object: ApiObject, manager: string): ManagedFieldsEntry | undefined {
  return object.metadata.managedFields?.find((candidate) => candidate.manager === manager);
}
function refusal(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}
const template = (...containers: readonly JsonObject[]): JsonObject => ({ template: { spec: { containers } } });

describe('updates', () => {
  test('a create owns what it sets, but not what the server sets', () => {
    const made = trackUpdate(
      undefined,
      deployment({ replicas: 1, ...template({ name: 'c', image: 'i' }) }, { labels: { app: 'x' }, uid: 'u' }),
      by('kubectl-create'),
    );
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: 'T1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              '.': {},
              'f:spec': {
                '.': {},
                'f:containers': { '.': {}, 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
              },
            },
          },
        },
      },
    ]);
  });

  const live = deepFreeze(trackUpdate(undefined, deployment({ replicas: 1, paused: true }), by('a')));

  test('a change passes to whoever made it', () => {
    const next = trackUpdate(
      live,
      { ...live, spec: { replicas: 2, paused: true } } as ApiObject,
      by('b', { nowIso: 'T2' }),
    );
    expect(entry(next, 'a')).toMatchObject({ time: 'T1', fieldsV1: { 'f:spec': { 'f:paused': {} } } });
    expect(entry(next, 'b')).toMatchObject({ time: 'T2', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
  });

  test('what is removed is owned by no one', () => {
    const next = trackUpdate(live, { ...live, spec: { replicas: 1 } } as ApiObject, by('b', { nowIso: 'T2' }));
    expect(next.metadata.managedFields).toHaveLength(1);
    expect(entry(next, 'a')?.fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  test('nothing changed leaves the entries alone, also where the client forgot them', () => {
    expect(trackUpdate(live, live, by('b', { nowIso: 'T2' })).metadata).toEqual(live.metadata);
    const forgotten = { ...live, metadata: { name: 'web' } };
    expect(trackUpdate(live, forgotten, by('b')).metadata).toEqual(live.metadata);
  });

  test('an empty entry stops the tracking, and so does an empty list', () => {
    const reset = { ...live, metadata: { ...live.metadata, managedFields: [{}] } };
    const untracked = trackUpdate(live, reset, by('b'));
    expect(untracked.metadata.managedFields).toBeUndefined();
    const cleared = { ...live, metadata: { ...live.metadata, managedFields: [] } };
    expect(trackUpdate(live, cleared, by('b'))).toEqual(untracked);
    expect(trackUpdate(untracked, live, by('b')).metadata.managedFields).toEqual(live.metadata.managedFields);
    const stillUntracked = trackUpdate(untracked, { ...untracked, spec: { replicas: 9 } } as ApiObject, by('b'));
    expect(stillUntracked.metadata.managedFields).toBeUndefined();
  });

  test('status belongs to whoever writes it through its subresource', () => {
    const tracking = by('controller', { subresource: 'status', resetFields: resetFields('spec') });
    const next = trackUpdate(live, { ...live, status: { replicas: 1 } } as ApiObject, tracking);
    expect(entry(next, 'controller')).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    });
  });

  test('managedFields cannot be written through a subresource', () => {
    const cleared = { ...live, metadata: { ...live.metadata, managedFields: [] } };
    expect(trackUpdate(live, cleared, by('b', { subresource: 'status' })).metadata).toEqual(live.metadata);
  });

  test('many updaters are counted together', () => {
    let object = live;
    for (let i = 0; i < 15; i++) {
      object = trackUpdate(
        object,
        { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [`l${i}`]: 'x' } } },
        by(`m${i}`, { nowIso: `T${10 + i}` }),
      );
    }
    expect(object.metadata.managedFields).toHaveLength(10);
    expect(entry(object, 'ancient-changes')?.fieldsV1).toMatchObject({ 'f:metadata': { 'f:labels': { 'f:l0': {} } } });
  });
});

describe('apply', () => {
  const web = { name: 'web', image: 'web:1' };
  const config = deployment({ replicas: 3, ...template(web) }, { labels: { app: 'web' } });
  const live = apply(undefined, config);

  test('creates, and owns what the configuration says', () => {
    expect(specOf(live)).toEqual(specOf(config));
    expect(live.metadata.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: 'T1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
  });

  test('again changes nothing, not even the time', () => {
    expect(apply(live, config, 'a', false, 'T9')).toEqual(live);
  });

  test('what is left out goes, what was defaulted stays', () => {
    const defaulted = { ...live, spec: { ...specOf(live), paused: false } } as unknown as ApiObject;
    const next = apply(defaulted, deployment(template(web)));
    expect(specOf(next)).toEqual({ ...template(web), paused: false });
    expect(next.metadata.labels).toBeUndefined();
  });

  test('what another manager owns too stays', () => {
    const shared = apply(live, deployment({ replicas: 3 }), 'b');
    const next = apply(shared, deployment(template(web)), 'a');
    expect(specOf(next).replicas).toBe(3);
    expect(specOf(apply(next, deployment({}), 'b')).replicas).toBeUndefined();
  });

  test('a list element goes with its last owner, while its siblings stay', () => {
    const both = apply(live, deployment(template({ name: 'side', image: 's' })), 'b');
    expect(specOf(both)).toMatchObject(template(web, { name: 'side', image: 's' }));
    const next = apply(both, deployment({ replicas: 3 }, { labels: { app: 'web' } }), 'a');
    expect(specOf(next)).toEqual({ replicas: 3, ...template({ name: 'side', image: 's' }) });
  });

  test('an element keeps what others own in it', () => {
    const both = apply(live, deployment(template({ name: 'web', env: [{ name: 'A', value: '1' }] })), 'b');
    const next = apply(both, deployment({ replicas: 3 }), 'a');
    expect(specOf(next)).toMatchObject(template({ name: 'web', env: [{ name: 'A', value: '1' }] }));
  });

  test('conflicts name the owner and the field', () => {
    const edited = trackUpdate(
      live,
      { ...live, spec: { ...specOf(live), replicas: 5 } } as unknown as ApiObject,
      by('kubectl-edit'),
    );
    const error = refusal(() => apply(edited, config));
    expect(error.status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-edit" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    });
    const forced = apply(edited, config, 'a', true);
    expect(specOf(forced).replicas).toBe(3);
    expect(entry(forced, 'kubectl-edit')).toBeUndefined();
  });

  test('several conflicts are listed by their owners', () => {
    const other = deployment({ replicas: 5, ...template({ name: 'web', image: 'web:2' }) });
    expect(refusal(() => apply(live, other, 'b')).message).toBe(
      'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.replicas\n- .spec.template.spec.containers[name="web"].image',
    );
  });

  test('the same value is shared without a conflict', () => {
    const next = apply(live, deployment({ replicas: 3 }), 'b');
    expect(next.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['a', 'b']);
  });

  test('an object from before tracking belongs to a manager of that name', () => {
    const untracked = deployment({ replicas: 1 });
    const error = refusal(() => apply(untracked, deployment({ replicas: 2 })));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
  });

  test('elements keep the order of the configuration, and others stand where they stood', () => {
    const named = (...names: readonly string[]): JsonObject => template(...names.map((name) => ({ name })));
    const first = apply(undefined, deployment(named('x', 'y')));
    const added = apply(first, deployment(named('p', 'q')), 'b');
    expect(specOf(apply(added, deployment(named('y', 'x')), 'a'))).toEqual(named('y', 'p', 'q', 'x'));
  });

  test('new elements stand before the shared ones that they precede', () => {
    const named = (...names: readonly string[]): JsonObject => template(...names.map((name) => ({ name })));
    const first = apply(undefined, deployment(named('p', 'b')));
    const added = { ...first, spec: named('p', 'b', 'x') } as unknown as ApiObject;
    expect(specOf(apply(added, deployment(named('p', 'n', 'b'))))).toEqual(named('p', 'n', 'b', 'x'));
  });

  test('a part that only led to what is left out goes whole, to be defaulted again', () => {
    const first = apply(undefined, deployment({ replicas: 1, strategy: { rollingUpdate: { maxSurge: 1 } } }));
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
    const defaulted = { ...first, spec: { replicas: 1, strategy } } as unknown as ApiObject;
    expect(specOf(apply(defaulted, deployment({ replicas: 1 })))).toEqual({ replicas: 1 });
  });

  test('an applier is the same in another version', () => {
    const next = applyConfiguration(live, deployment({ replicas: 3 }), {
      ...by('a', { apiVersion: 'apps/v2' }),
      force: false,
    });
    expect(next.metadata.managedFields).toHaveLength(1);
    expect(specOf(next)).toEqual({ replicas: 3 });
  });

  test('ports without a protocol are TCP', () => {
    const ports = (...list: readonly JsonObject[]): ApiObject => deployment(template({ name: 'web', ports: list }));
    const first = apply(undefined, ports({ containerPort: 80 }));
    const defaulted = { ...first, spec: specOf(ports({ containerPort: 80, protocol: 'TCP' })) } as unknown as ApiObject;
    expect(specOf(apply(defaulted, ports({ containerPort: 80, name: 'http' })))).toEqual(
      template({ name: 'web', ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }),
    );
  });

  test('repeated names that an old object holds survive', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const old = trackUpdate(undefined, deployment(template({ name: 'web', env })), by('x'));
    expect(specOf(apply(old, deployment({ replicas: 1 })))).toEqual({ replicas: 1, ...template({ name: 'web', env }) });
  });

  test('repeated names are owned as a whole, and the applied one takes their place', () => {
    const env = (...values: readonly string[]): JsonObject =>
      template({ name: 'web', env: values.map((value) => ({ name: 'A', value })) });
    const old = trackUpdate(undefined, deployment(env('1', '2')), by('x'));
    const fields = JSON.stringify(entry(old, 'x')?.fieldsV1);
    expect(fields).toContain(JSON.stringify({ '.': {}, 'k:{"name":"A"}': {} }));
    const changed = trackUpdate(old, { ...old, spec: env('1', '3') } as unknown as ApiObject, by('y'));
    expect(JSON.stringify(entry(changed, 'y')?.fieldsV1)).toContain(JSON.stringify({ 'k:{"name":"A"}': {} }));
    expect(specOf(apply(changed, deployment(env('4')), 'a', true))).toEqual(env('4'));
  });

  test('repeated items are none to merge with', () => {
    const twice = deployment(template({ name: 'web', image: '1' }, { name: 'web', image: '2' }));
    const old = trackUpdate(undefined, twice, by('x'));
    expect(specOf(apply(old, deployment(template({ name: 'web', command: ['c'] })), 'a', true))).toEqual(
      template({ name: 'web', command: ['c'] }),
    );
  });

  test('what changed since client-side apply still conflicts', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(deployment({ replicas: 1 })),
    };
    const old = trackUpdate(undefined, deployment({ replicas: 1 }, { annotations }), by('kubectl-client-side-apply'));
    const scaled = trackUpdate(old, { ...old, spec: { replicas: 7 } } as unknown as ApiObject, by('scaler'));
    expect(() => apply(scaled, deployment({ replicas: 2 }), 'kubectl')).toThrow('conflict with "scaler" using apps/v1');
  });

  test('kubectl changes over from client-side apply', () => {
    const text = JSON.stringify(deployment({ replicas: 1 }));
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text };
    const old = trackUpdate(undefined, deployment({ replicas: 1 }, { annotations }), by('kubectl-client-side-apply'));
    const next = apply(old, deployment({ replicas: 2 }), 'kubectl');
    expect(specOf(next)).toEqual({ replicas: 2 });
    expect(next.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']).toContain('"replicas":2');
    expect(() => apply(old, deployment({ replicas: 2 }), 'other')).toThrow('Apply failed with 1 conflict');
  });
});

describe('refused configurations', () => {
  const table: readonly (readonly [ApiObject, string])[] = [
    [deployment({}, { managedFields: [] }), 'metadata.managedFields must be nil'],
    [
      deployment({ nope: 1 }),
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.nope: field not declared in schema',
    ],
    [
      deployment(template({ name: 'a' }, { name: 'a' })),
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      deployment(template({ image: 'a' })),
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ];
  test.each(table)('%#', (config, message) => expect(refusal(() => apply(undefined, config)).message).toBe(message));
});
