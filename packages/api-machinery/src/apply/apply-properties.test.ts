import { deepFreeze, type JsonObject, type JsonValue } from '@trireme/base';
import { type ApiObject, builtinTypes } from '@trireme/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { emptyFieldSet, type FieldSet, fieldPathsOf, hasPath, unionFieldSets } from './field-set.ts';
import { decodeManagedFields } from './managers.ts';
import { createShapes } from './shape.ts';
import { toFieldSet } from './to-field-set.ts';
import { trackUpdate } from './track-update.ts';

const shape = createShapes(builtinTypes)('api.apps.v1.Deployment');

const small = fc.constantFrom('1', '2');
const container = (name: string): fc.Arbitrary<JsonObject> =>
  fc.record(
    {
      name: fc.constant(name),
      image: small,
      command: fc.constantFrom(['x'], ['y', 'z']),
      ports: fc.constantFrom([{ containerPort: 80 }], [{ containerPort: 81 }, { containerPort: 80, name: 'h' }]),
      env: fc.constantFrom(
        [{ name: 'A', value: '1' }],
        [
          { name: 'B', value: '1' },
          { name: 'A', value: '2' },
        ],
      ),
      resources: fc.constant({ limits: { cpu: '1' } }),
    },
    { requiredKeys: ['name'] },
  );
const containers = fc
  .shuffledSubarray(['a', 'b', 'c'], { minLength: 1 })
  .chain((names) => fc.tuple(...names.map(container)));
const metadata = fc.record(
  {
    name: fc.constant('web'),
    labels: fc.dictionary(fc.constantFrom('x', 'y'), small, { minKeys: 1 }),
    finalizers: fc.uniqueArray(fc.constantFrom('a.io/f', 'b.io/f'), { minLength: 1 }),
  },
  { requiredKeys: ['name'] },
);
const spec = fc.record(
  {
    replicas: fc.integer({ min: 0, max: 2 }),
    paused: fc.boolean(),
    selector: fc.constantFrom({ matchLabels: { a: '1' } }, { matchLabels: { b: '1' } }),
    template: containers.map((list) => ({ spec: { containers: list } })),
  },
  { requiredKeys: ['template'] },
);
const config = fc
  .record({ metadata, spec })
  .map((parts) => deepFreeze({ apiVersion: 'apps/v1', kind: 'Deployment', ...parts }) as unknown as ApiObject);

function apply(live: ApiObject | undefined, applied: ApiObject, manager: string, force = true): ApiObject {
  const tracking = { shape, manager, apiVersion: 'apps/v1', nowIso: 'T', force };
  return deepFreeze(applyConfiguration(live, applied, tracking));
}

function ownedOf(object: ApiObject): FieldSet {
  const managers = decodeManagedFields(object.metadata.managedFields) ?? new Map();
  return [...managers.values()].reduce<FieldSet>((all, { set }) => unionFieldSets(all, set), emptyFieldSet);
}

function contentOf(object: ApiObject): JsonValue {
  const { managedFields: _managed, ...rest } = object.metadata;
  return { ...object, metadata: rest } as unknown as JsonValue;
}

test('apply is idempotent', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      const live = apply(apply(undefined, a, 'm'), b, 'n');
      expect(apply(live, b, 'n')).toEqual(live);
    }),
  );
});

test('applying a and then b is applying b', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      expect(apply(apply(undefined, a, 'm'), b, 'm')).toEqual(apply(undefined, b, 'm'));
    }),
  );
});

test('what is applied is there, whoever else applied before', () => {
  fc.assert(
    fc.property(config, config, config, (a, b, c) => {
      const live = apply(apply(apply(undefined, a, 'm'), b, 'n'), c, 'm');
      const present = toFieldSet(contentOf(live), shape);
      for (const path of fieldPathsOf(toFieldSet(c as unknown as JsonValue, shape))) {
        expect(hasPath(present, path)).toBe(true);
      }
    }),
  );
});

test('with appliers alone every field has an owner, and owners own only what is there', () => {
  const fixed = new Set(['f:apiVersion', 'f:kind', 'f:metadata/f:name']);
  fc.assert(
    fc.property(config, config, config, (a, b, c) => {
      const live = apply(apply(apply(undefined, a, 'm'), b, 'n'), c, 'm');
      const present = toFieldSet(contentOf(live), shape);
      const owned = ownedOf(live);
      for (const path of fieldPathsOf(owned)) expect(hasPath(present, path)).toBe(true);
      for (const path of fieldPathsOf(present)) {
        if (!fixed.has(path.join('/'))) expect([path, hasPath(owned, path)]).toEqual([path, true]);
      }
    }),
  );
});

test('a conflict arises exactly where a value that another owns would change', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      const live = apply(undefined, a, 'm');
      const forced = apply(live, b, 'n');
      const before = decodeManagedFields(live.metadata.managedFields);
      const lost = [...(before?.values() ?? [])].some(({ manager, set }) => {
        const after = [...(decodeManagedFields(forced.metadata.managedFields)?.values() ?? [])];
        const kept = after.find((managed) => managed.manager === manager)?.set ?? emptyFieldSet;
        return [...fieldPathsOf(set)].some((path) => !hasPath(kept, path));
      });
      let refused = false;
      try {
        apply(live, b, 'n', false);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refused = true;
      }
      expect(refused).toBe(lost);
    }),
  );
});

test('an update leaves every changed field with its manager alone', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      const tracking = { shape, apiVersion: 'apps/v1', nowIso: 'T' };
      const live = trackUpdate(undefined, a, { ...tracking, manager: 'm' });
      const next = trackUpdate(live, b, { ...tracking, manager: 'n' });
      const sets = [...(decodeManagedFields(next.metadata.managedFields)?.values() ?? [])].map(({ set }) => set);
      const seen = sets.flatMap((set) => [...fieldPathsOf(set)].map((path) => path.join('/')));
      expect(new Set(seen).size).toBe(seen.length);
      const present = toFieldSet(contentOf(next), shape);
      const owned = ownedOf(next);
      for (const path of fieldPathsOf(present)) {
        const unowned = path.length === 1 || path.join('/') === 'f:metadata/f:name';
        if (!unowned) expect([path, hasPath(owned, path)]).toEqual([path, true]);
      }
    }),
  );
});
