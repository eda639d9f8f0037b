import { statusErrors } from '@trireme/api-machinery';
import type { Headers, HttpResponse } from '@trireme/ports';
import { contentHash, type TypeTable } from '@trireme/schema';
import type { RequestContext } from '../request/context.ts';
import { parseMediaTypes } from '../request/negotiate.ts';
import { respondJson, respondObject } from '../request/respond.ts';
import { aggregatedDiscovery, apiGroup, apiResourceList, type GroupVersion } from './resource-lists.ts';

/** Serves /api, /apis and what lies below them without naming a resource. Undefined for other paths. */
export interface DiscoveryPaths {
  serve(context: RequestContext): HttpResponse | undefined;
}

export function createDiscoveryPaths(types: TypeTable, groupVersions: () => readonly GroupVersion[]): DiscoveryPaths {
  const show = (context: RequestContext, object: object): HttpResponse =>
    respondObject({ output: { ...context.output, as: 'object' }, types }, 200, object);
  return {
    serve(context) {
      const parts = context.info.path.split('/').filter((part) => part !== '');
      const [root, first, second] = parts;
      if (root !== 'api' && root !== 'apis') return undefined;
      const isCore = root === 'api';
      const all = groupVersions().filter(({ group }) => (group === '') === isCore);
      if (parts.length === 1) return aggregated(context, all) ?? show(context, rootList(isCore, all, context));
      const group = isCore ? '' : (first as string);
      const version = isCore ? first : second;
      const inGroup = all.filter((one) => one.group === group);
      if (version === undefined && inGroup.length > 0) {
        return show(context, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, inGroup) });
      }
      const found = inGroup.find((one) => one.version === version);
      if (found && parts.length === (isCore ? 2 : 3)) return show(context, apiResourceList(found));
      throw statusErrors.unknownResource();
    },
  };
}

function rootList(isCore: boolean, all: readonly GroupVersion[], { request, output }: RequestContext): object {
  if (!isCore) {
    const groups = [...new Set(all.map(({ group }) => group))];
    const listed = groups.map((group) =>
      apiGroup(
        group,
        all.filter((one) => one.group === group),
      ),
    );
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: listed };
  }
  const serverAddress = request.headers.host ?? '';
  return {
    kind: 'APIVersions',
    // In JSON upstream leaves it out; in protobuf the kind has no meaning without it.
    ...(output.form === 'protobuf' && { apiVersion: 'v1' }),
    versions: all.map(({ version }) => version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

const versionsServed = ['v2', 'v2beta1'];

/** The aggregated form where the client takes it, with an ETag so that it need not be sent twice. */
function aggregated(context: RequestContext, all: readonly GroupVersion[]): HttpResponse | undefined {
  const asked = parseMediaTypes(context.request.headers.accept ?? '').find(
    ({ type, parameters }) =>
      type === 'application/json' &&
      parameters.get('as') === 'APIGroupDiscoveryList' &&
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      versionsServed.includes(parameters.get('v') ?? ''),
  );
  if (!asked) return undefined;
  const version = asked.parameters.get('v') ?? 'v2';
  const body = aggregatedDiscovery(`apidiscovery.k8s.io/${version}`, all);
  const etag = `"${contentHash(JSON.stringify(body))}"`;
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  const headers: Headers = { etag, vary: 'Accept', 'cache-control': 'public', 'content-type': type };
  if (context.request.headers['if-none-match'] === etag) return { status: 304, headers, body: new Uint8Array(0) };
  const response = respondJson(body, type);
  return { ...response, headers };
}
