import { deepFreeze } from '@trireme/base';
import { type ApiObject, apiVersionOf, builtinTypes } from '@trireme/schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryObject } from '../test/arbitrary-object.ts';
import type { Kind } from './kind.ts';
import { builtinKinds, builtinRegistry } from './registry.ts';

const byId = builtinKinds.map((kind) => [kind.typeId, kind] as const);

test('kinds are found by resource and by kind', () => {
  const deployments = builtinRegistry.byResource({ group: 'apps', version: 'v1', resource: 'deployments' });
  expect(deployments?.typeId).toBe('api.apps.v1.Deployment');
  expect(builtinRegistry.byGvk({ group: '', version: 'v1', kind: 'Pod' })?.shortNames).toEqual(['po']);
  expect(builtinRegistry.byGvk({ group: '', version: 'v2', kind: 'Pod' })).toBeUndefined();
});

describe.each(byId)('%s', (typeId, kind) => {
  test('is the type that the schema serves under its name', () => {
    const { group, version } = kind.ref;
    expect(builtinTypes.typeIdOf({ group, version, kind: kind.ref.kind })).toBe(typeId);
    expect(builtinTypes.typeIdOf({ group, version, kind: kind.listKind })).toBeDefined();
  });

  test('has a cell for each column, of an empty object, too', () => {
    const row = kind.row(kind.defaults(empty(kind)), 0);
    expect(row).toHaveLength(kind.columns.length);
    expect(row).not.toContain(undefined);
    for (const { description } of kind.columns) expect(description).toMatch(/\.$/);
  });

  test('answers any object, however wrong, and changes none in place', () => {
    fc.assert(
      fc.property(arbitraryObject(typeId, 6), (fields) => {
        const object = deepFreeze({
          ...fields,
          ...empty(kind),
          metadata: { name: 'x', ...(fields.metadata as object) },
        });
        const filled = deepFreeze(kind.defaults(object));
        expect(kind.defaults(filled)).toBe(filled);
        const prepared = deepFreeze(kind.prepareForCreate?.(filled) ?? filled);
        const stored = kind.normalize?.(prepared) ?? prepared;
        expect(kind.defaults(stored)).toEqual(stored);
        exercise(kind, prepared);
      }),
      { numRuns: 200 },
    );
  });
});

function empty(kind: Kind): ApiObject {
  return { apiVersion: apiVersionOf(kind.ref), kind: kind.ref.kind, metadata: { name: 'x' } };
}

/** Calls everything a server calls; that nothing throws is the claim. */
function exercise(kind: Kind, object: ApiObject): void {
  const old = kind.prepareForCreate?.(kind.defaults(empty(kind))) ?? kind.defaults(empty(kind));
  for (const before of [old, object]) {
    const updated = kind.prepareForUpdate?.(object, before) ?? object;
    kind.validateUpdate(updated, before);
    kind.validateStatusUpdate?.(kind.prepareForStatusUpdate?.(object, before) ?? object, before);
    kind.changesGeneration?.(object, before);
    kind.warnings?.(object, before);
  }
  kind.validateCreate?.(object);
  kind.validate(object);
  kind.selectableFields?.(object);
  kind.graceful?.(object, {});
  kind.prepareForDelete?.(object);
  kind.scale?.withReplicas(object, 3);
  kind.storedAs?.fromStored(kind.storedAs.toStored(object));
  expect(kind.row(object, 0)).toHaveLength(kind.columns.length);
}
