import type { JsonObject, JsonValue } from '@trireme/base';
import type { ServedResource, ServedSubresource } from '../served.ts';
import type { TypeTable } from '../type-table.ts';
import { capital, groupVersionPath, operationTag } from './names.ts';
import { type Action, type OperationInput, operation, pathParameter } from './operations.ts';
import type { Dialect } from './schemas.ts';

export interface Paths {
  readonly paths: Record<string, JsonObject>;
  /** The types that the operations take and answer with. */
  readonly typeIds: ReadonlySet<string>;
}

const meta = 'apimachinery.pkg.apis.meta.v1';

type Methods = readonly (readonly [method: string, verb: string, action: Action, idPrefix: string])[];
const itemMethods: Methods = [
  ['get', 'get', 'get', 'read'],
  ['put', 'update', 'put', 'replace'],
  ['post', 'create', 'post', 'create'],
  ['patch', 'patch', 'patch', 'patch'],
  ['delete', 'delete', 'delete', 'delete'],
];
const collectionMethods: Methods = [
  ['get', 'list', 'list', 'list'],
  ['post', 'create', 'post', 'create'],
  ['delete', 'deletecollection', 'deletecollection', 'deleteCollection'],
];

/** The routes of these resources, as far as clients look them up. */
export function resourcePaths(resources: readonly ServedResource[], table: TypeTable, dialect: Dialect): Paths {
  const paths: Record<string, JsonObject> = {};
  const typeIds = new Set<string>();
  const add: Add = (path, parameters, inputs) => {
    if (Object.keys(inputs).length === 0) return;
    const item: Record<string, JsonValue> = {};
    for (const [method, input] of Object.entries(inputs)) {
      item[method] = operation(input);
      for (const typeId of [input.bodyTypeId, input.answerTypeId]) if (typeId !== undefined) typeIds.add(typeId);
    }
    const named = parameters.map((name) => pathParameter(name, 'path', dialect));
    item.parameters = [...named, pathParameter('pretty', 'query', dialect)];
    paths[path] = item;
  };
  for (const resource of resources) addResource(resource, table, dialect, add);
  return { paths, typeIds };
}

type Add = (path: string, parameters: readonly string[], operations: Record<string, OperationInput>) => void;

function addResource(resource: ServedResource, table: TypeTable, dialect: Dialect, add: Add): void {
  const { namespaced, kind, verbs, typeId } = resource;
  const base = groupVersionPath(resource.group, resource.version);
  const collection = `${base}${namespaced ? '/namespaces/{namespace}' : ''}/${resource.resource}`;
  const parameters = namespaced ? ['namespace'] : [];
  const listId = table.typeIdOf({ ...kind, kind: `${kind.kind}List` });
  const scoped = `${namespaced ? 'Namespaced' : ''}${kind.kind}`;
  const route = { resource, dialect, kind, typeId, listId };
  add(collection, parameters, operations(collectionMethods, verbs, { ...route, name: scoped }));
  if (namespaced) {
    const name = `${kind.kind}ForAllNamespaces`;
    const verbs = resource.verbs.filter((verb) => verb === 'list');
    add(`${base}/${resource.resource}`, [], operations(collectionMethods, verbs, { ...route, name }));
  }
  const item = `${collection}/{name}`;
  const itemVerbs = verbs.filter((verb) => verb !== 'create');
  add(item, ['name', ...parameters], operations(itemMethods, itemVerbs, { ...route, name: scoped }));
  for (const sub of resource.subresources) {
    const name = scoped + capital(sub.name);
    const subRoute = { ...route, name, kind: sub.kind, typeId: sub.typeId, isConnect: isConnect(sub) };
    add(`${item}/${sub.name}`, ['name', ...parameters], operations(itemMethods, sub.verbs, subRoute));
  }
}

/** Subresources whose kind are options open a connection; they have no body and no answer of a kind. */
function isConnect(sub: ServedSubresource): boolean {
  return sub.kind.kind.endsWith('Options');
}

interface Route {
  readonly resource: ServedResource;
  readonly dialect: Dialect;
  readonly kind: ServedResource['kind'];
  readonly name: string;
  readonly typeId: string | undefined;
  readonly listId: string | undefined;
  readonly isConnect?: boolean;
}

function operations(methods: Methods, verbs: readonly string[], route: Route): Record<string, OperationInput> {
  const { group, version } = route.resource;
  const tag = operationTag(group, version);
  const [groupName = '', versionName = ''] = tag.split('_');
  const found: Record<string, OperationInput> = {};
  for (const [method, verb, action, prefix] of methods) {
    if (!verbs.includes(verb)) continue;
    const id = `${route.isConnect ? `connect${capital(method)}` : prefix}${capital(groupName)}${capital(versionName)}${route.name}`;
    const { dialect, kind } = route;
    found[method] = {
      action: route.isConnect ? 'connect' : action,
      dialect,
      id,
      tag,
      kind,
      ...bodyAndAnswer(action, route),
    };
  }
  return found;
}

function bodyAndAnswer(action: Action, route: Route): Pick<OperationInput, 'bodyTypeId' | 'answerTypeId'> {
  if (route.isConnect) return {};
  switch (action) {
    case 'list':
      return { answerTypeId: route.listId };
    case 'delete':
    case 'deletecollection':
      return { bodyTypeId: `${meta}.DeleteOptions`, answerTypeId: `${meta}.Status` };
    case 'patch':
      return { bodyTypeId: `${meta}.Patch`, answerTypeId: route.typeId };
    default:
      return { bodyTypeId: route.typeId, answerTypeId: route.typeId };
  }
}
