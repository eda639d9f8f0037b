import { parseFieldSelector } from '@trireme/api-machinery';

/** What a request asks for, read from its method, path and query alone, with the meaning that authorization gives it. */
export interface RequestInfo {
  /** True where the path names a resource of the API; false for /healthz and the like. */
  readonly isResource: boolean;
  readonly path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' where none is named. For namespaces/<name> it is the name. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource: the path of a proxy request. */
  readonly rest: string;
}

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const subresourcesOfNamespaces = new Set(['status', 'finalize']);

/** Reads '/apis/apps/v1/namespaces/default/deployments/web/scale' and its like. */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const plain: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: '',
  };
  const parts = path.split('/').filter((part) => part !== '');
  const prefix = parts[0];
  const isCore = prefix === 'api';
  if (!isCore && prefix !== 'apis') return plain;
  const skipped = isCore ? 2 : 3;
  if (parts.length <= skipped) return plain;
  const group = isCore ? '' : (parts[1] as string);
  const version = parts[skipped - 1] as string;
  const place = placeOf(parts.slice(skipped).map(decodePart));
  const verb = verbOf(method, place.name, place.isWatchPath, query);
  const named = place.name === '' ? { name: nameFromSelector(query) } : {};
  return { ...plain, isResource: true, group, version, verb, ...withoutWatch(place), ...named };
}

interface Place {
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly rest: string;
  readonly isWatchPath: boolean;
}

function withoutWatch(place: Place): Omit<Place, 'isWatchPath'> {
  const { isWatchPath: _isWatchPath, ...rest } = place;
  return rest;
}

function placeOf(given: readonly string[]): Place {
  const isWatchPath = given[0] === 'watch' && given.length > 1;
  let parts = isWatchPath ? given.slice(1) : given;
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] as string;
    // namespaces/<name> and namespaces/<name>/status are about the namespace itself; more is about what lies in it.
    if (parts.length > 2 && !subresourcesOfNamespaces.has(parts[2] as string)) parts = parts.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...rest] = parts;
  return { namespace, resource, name, subresource, rest: rest.join('/'), isWatchPath };
}

function verbOf(method: string, name: string, isWatchPath: boolean, query: URLSearchParams): string {
  if (isWatchPath && method === 'GET') return 'watch';
  const verb = verbOfMethod[method] ?? '';
  if (verb === 'get' && name === '') return isTrue(query.get('watch')) ? 'watch' : 'list';
  if (verb === 'get' && isTrue(query.get('watch'))) return 'watch';
  if (verb === 'delete' && name === '') return 'deletecollection';
  return verb;
}

/** A list or watch of one name is about that object alone, also for authorization. */
function nameFromSelector(query: URLSearchParams): string {
  const text = query.get('fieldSelector');
  if (!text) return '';
  try {
    return parseFieldSelector(text).requiredValue('metadata.name') ?? '';
  } catch {
    // The handler says what is wrong with it.
    return '';
  }
}

/** Go's notion of a boolean in a query: 'watch' alone means true. */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== '0' && text.toLowerCase() !== 'false' && text.toLowerCase() !== 'f';
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
