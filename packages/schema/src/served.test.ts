import { expect, test } from 'vitest';
import { builtinResources } from './served.ts';

const resource = (name: string, group = ''): ReturnType<typeof builtinResources>[number] | undefined =>
  builtinResources().find((item) => item.resource === name && item.group === group);

test('what is stored can be watched', () => {
  expect(resource('pods')?.verbs).toEqual([
    'create',
    'delete',
    'deletecollection',
    'get',
    'list',
    'patch',
    'update',
    'watch',
  ]);
  expect(resource('componentstatuses')?.verbs).toEqual(['get', 'list']);
  expect(resource('tokenreviews', 'authentication.k8s.io')?.verbs).toEqual(['create']);
});

test('every resource and subresource has a kind, known to the table unless it is options', () => {
  for (const { resource: name, typeId, subresources } of builtinResources()) {
    expect([name, typeId]).not.toContain(undefined);
    for (const sub of subresources) {
      if (!sub.kind.kind.endsWith('Options')) expect([name, sub.name, sub.typeId]).not.toContain(undefined);
    }
  }
});

test('connections are made by methods, as discovery lists them', () => {
  const subresources = resource('pods')?.subresources ?? [];
  const verbs = Object.fromEntries(subresources.map((sub) => [sub.name, sub.verbs]));
  expect(verbs).toMatchObject({
    exec: ['create', 'get'],
    log: ['get'],
    proxy: ['create', 'delete', 'get', 'patch', 'update'],
    eviction: ['create'],
  });
  expect(subresources.some(({ name }) => name.includes('/'))).toBe(false);
});
