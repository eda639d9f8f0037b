import type { Kind } from '@trireme/api';
import { statusErrors } from '@trireme/api-machinery';
import type { HttpResponse } from '@trireme/ports';
import type { RequestContext } from '../request/context.ts';
import type { ServerCore } from '../server-core.ts';
import type { Endpoint } from './endpoint.ts';
import { handleGet, handleList, handleWatch } from './read-handlers.ts';
import { scaleEndpoint } from './subresources/scale.ts';
import {
  handleCreate,
  handleDelete,
  handleDeleteCollection,
  handlePatch,
  handleUpdate,
  type Served,
} from './write-handlers.ts';

type Handler = (served: Served, context: RequestContext) => Promise<HttpResponse>;

const handlers: Readonly<Record<string, Handler>> = {
  get: handleGet,
  list: handleList,
  watch: handleWatch,
  create: handleCreate,
  update: handleUpdate,
  patch: handlePatch,
  delete: handleDelete,
  deletecollection: handleDeleteCollection,
};

const needsName = new Set(['get', 'update', 'patch', 'delete']);

/** All that a kind serves by its own description: itself, /status, /scale, and subresources of its own form. */
export function kindEndpoints(core: ServerCore, kind: Kind): readonly Endpoint[] {
  const { singular, shortNames, categories } = kind;
  const endpoints: Endpoint[] = [{ ...objectEndpoint(core, kind, '', kind.verbs), singular, shortNames, categories }];
  if (kind.hasStatus) endpoints.push(objectEndpoint(core, kind, 'status', ['get', 'patch', 'update']));
  for (const subresource of Object.keys(kind.subresources ?? {})) {
    const verbs = subresource === 'finalize' ? ['update'] : ['get', 'patch', 'update'];
    endpoints.push(objectEndpoint(core, kind, subresource, verbs));
  }
  return kind.scale ? [...endpoints, scaleEndpoint(core, kind, kind.scale)] : endpoints;
}

function objectEndpoint(core: ServerCore, kind: Kind, subresource: string, verbs: readonly string[]): Endpoint {
  const { group, version, resource, namespaced } = kind.ref;
  const served: Served = { core, kind, subresource };
  return {
    group,
    version,
    resource,
    subresource,
    gvk: { group, version, kind: kind.ref.kind },
    namespaced,
    verbs,
    handle(context) {
      const { verb, name } = context.info;
      const handler = verbs.includes(verb) ? handlers[verb] : undefined;
      if (!handler || (verb === 'create' && name !== '') || (needsName.has(verb) && name === ''))
        throw statusErrors.methodNotSupported(kind.ref, context.info.verb);
      if (kind.deprecation) context.warnings.push(kind.deprecation);
      return handler(served, context);
    },
  };
}
