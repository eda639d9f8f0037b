import type { JsonObject } from '@trireme/base';
import type { ServedResource } from '../served.ts';
import type { TypeTable } from '../type-table.ts';
import { groupVersionPath } from './names.ts';
import { resourcePaths } from './paths.ts';
import { componentSchemas, type Describe } from './schemas.ts';

export interface OpenApiOptions {
  readonly table: TypeTable;
  /** What the server serves. A document takes from it what is its own. */
  readonly resources: readonly ServedResource[];
  /** The server's version, 'v1.36.0'. */
  readonly version: string;
  readonly describe?: Describe | undefined;
}

const bearerToken: JsonObject = {
  type: 'apiKey',
  description: 'Bearer Token authentication',
  name: 'authorization',
  in: 'header',
};

/** What clients decode on their own whatever they call; upstream, too, has them in every document. */
const meta = 'apimachinery.pkg.apis.meta.v1';
const always = [`${meta}.DeleteOptions`, `${meta}.Status`, `${meta}.WatchEvent`];

/**
 * The version 3 document of one group and version, as served at `/openapi/v3/apis/<group>/<version>`. Building one takes
 * milliseconds: build it when it is asked for, and keep its bytes.
 */
export function openApiV3(
  groupVersion: { readonly group: string; readonly version: string },
  options: OpenApiOptions,
): JsonObject {
  const own = options.resources.filter(
    ({ group, version }) => group === groupVersion.group && version === groupVersion.version,
  );
  const { table, describe } = options;
  const { paths, typeIds } = resourcePaths(own, table, 'v3');
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: options.version },
    paths,
    components: {
      schemas: componentSchemas([...typeIds, ...always], { table, dialect: 'v3', describe }),
      securitySchemes: { BearerToken: bearerToken },
    },
  };
}

/** One entry of the index at `/openapi/v3`. `hash` changes with the document; see `contentHash`. */
export interface OpenApiV3Entry {
  readonly group: string;
  readonly version: string;
  readonly hash: string;
}

/** The index of version 3 documents, with URLs that may be cached for ever. */
export function openApiV3Index(entries: readonly OpenApiV3Entry[]): JsonObject {
  const paths = entries.map(({ group, version, hash }) => {
    const path = groupVersionPath(group, version);
    return [path.slice(1), { serverRelativeURL: `/openapi/v3${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/** The one version 2 document of the whole server, as JSON. kubectl asks for it in protobuf: see `encodeOpenApiV2`. */
export function openApiV2(options: OpenApiOptions): JsonObject {
  const { table, describe } = options;
  const { paths, typeIds } = resourcePaths(options.resources, table, 'v2');
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: options.version },
    paths,
    definitions: componentSchemas([...typeIds, ...always], { table, dialect: 'v2', describe }),
    securityDefinitions: { BearerToken: bearerToken },
    security: [{ BearerToken: [] }],
  };
}
