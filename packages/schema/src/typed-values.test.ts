import { expect, test } from 'vitest';
import { formatJsonPath } from './json/json-path.ts';
import { listItemKey, listKindOf } from './list-keys.ts';
import { builtinTypes, type FieldType } from './type-table.ts';
import { fieldAt, placeAt } from './typed-path.ts';
import { walkTyped } from './walk-typed.ts';

const pod = 'api.core.v1.Pod';
const field = (...path: (string | number)[]): FieldType => {
  const found = fieldAt(builtinTypes, pod, path);
  if (!found) throw new Error(`a pod has no field ${formatJsonPath(path)}`);
  return found;
};

test('a path leads to its field', () => {
  expect(field('spec', 'containers').name).toBe('containers');
  expect(field('spec', 'containers', 0, 'image').name).toBe('image');
  expect(field('metadata', 'labels', 'app').name).toBe('labels');
  expect(placeAt(builtinTypes, pod, ['metadata', 'labels', 'app'])?.type).toEqual({ kind: 'scalar', scalar: 'string' });
  expect(fieldAt(builtinTypes, pod, ['spec', 'containers', 'image'])).toBeUndefined();
  expect(fieldAt(builtinTypes, pod, ['metadata', 'managedFields', 0, 'fieldsV1', 'f:spec'])).toBeUndefined();
});

test('items of an associative list are told apart by their keys, defaults included', () => {
  const ports = field('spec', 'containers', 0, 'ports');
  expect(listItemKey(builtinTypes, ports, { containerPort: 80 })).toEqual({ containerPort: 80, protocol: 'TCP' });
  expect(listItemKey(builtinTypes, ports, { name: 'http' })).toBeUndefined();
  expect(listItemKey(builtinTypes, field('spec', 'containers', 0, 'args'), 'x')).toBeUndefined();
  expect(listKindOf(field('spec', 'containers', 0, 'args'))).toBe('atomic');
  expect(listKindOf(field('metadata', 'finalizers'))).toBe('set');
});

test('a walk visits what the type knows, outside in', () => {
  const visited: string[] = [];
  const value = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', bogus: 1 }], volumes: [{ name: 'v' }] },
    bogus: {},
  };
  walkTyped(builtinTypes, pod, value, ({ path, field: within }) => {
    visited.push(formatJsonPath(path));
    return within?.name === 'volumes' ? 'skip' : undefined;
  });
  expect(visited).toEqual([
    '',
    'metadata',
    'metadata.labels',
    'metadata.labels.a',
    'spec',
    'spec.containers',
    'spec.containers[0]',
    'spec.containers[0].name',
    'spec.volumes',
  ]);
});
