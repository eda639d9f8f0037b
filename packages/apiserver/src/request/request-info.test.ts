import { describe, expect, it } from 'vitest';
import { parseRequestInfo } from './request-info.ts';

const table: readonly [string, string, string][] = [
  ['GET /healthz', 'get', '/healthz'],
  ['GET /api', 'get', '/api'],
  ['GET /apis/apps/v1', 'get', '/apis/apps/v1'],
  ['GET /api/v1/pods', 'list', '/v1 pods'],
  ['GET /api/v1/pods?watch', 'watch', '/v1 pods'],
  ['GET /api/v1/pods?watch=false', 'list', '/v1 pods'],
  ['GET /api/v1/watch/namespaces/a/pods', 'watch', '/v1 a/pods'],
  ['GET /api/v1/namespaces', 'list', '/v1 namespaces'],
  ['GET /api/v1/namespaces/a', 'get', '/v1 a/namespaces a'],
  ['PUT /api/v1/namespaces/a/finalize', 'update', '/v1 a/namespaces a finalize'],
  ['POST /api/v1/namespaces/a/pods', 'create', '/v1 a/pods'],
  ['DELETE /api/v1/namespaces/a/pods', 'deletecollection', '/v1 a/pods'],
  ['DELETE /api/v1/namespaces/a/pods/p', 'delete', '/v1 a/pods p'],
  ['PATCH /apis/apps/v1/namespaces/a/deployments/d/scale', 'patch', 'apps/v1 a/deployments d scale'],
  ['HEAD /api/v1/nodes/n', 'get', '/v1 nodes n'],
  ['GET /api/v1/nodes/n/proxy/logs/x', 'get', '/v1 nodes n proxy logs/x'],
  ['GET /api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Ds', 'list', '/v1 a/secrets s'],
  ['GET /api/v1/namespaces/a/pods/p%20q', 'get', '/v1 a/pods p q'],
];

describe('a request', () => {
  it.each(table)('%s is %s of %s', (request, verb, place) => {
    const [method = '', target = ''] = request.split(' ');
    const [path = '', query = ''] = target.split('?');
    const info = parseRequestInfo(method, path, new URLSearchParams(query));
    const { group, version, namespace, resource, name, subresource, rest } = info;
    const where = `${group}/${version} ${namespace ? `${namespace}/` : ''}${resource}`;
    const shown = info.isResource
      ? [where, name, subresource, rest].filter((text) => text !== '').join(' ')
      : info.path;
    expect([info.verb, shown]).toEqual([verb, place]);
  });
});
