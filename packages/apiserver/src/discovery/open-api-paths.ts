import { type Bytes, utf8 } from '@trireme/base';
import type { HttpResponse } from '@trireme/ports';
import {
  contentHash,
  type Describe,
  encodeOpenApiV2,
  openApiV2,
  openApiV2ProtobufContentType,
  openApiV3,
  openApiV3Index,
  type ServedResource,
  type TypeTable,
} from '@trireme/schema';
import { respondJson } from '../request/respond.ts';
import type { GroupVersion, ResourceEntry } from './resource-lists.ts';
import type { ServerPaths } from './server-paths.ts';

export interface OpenApiPathsOptions {
  readonly types: TypeTable;
  readonly version: string;
  readonly groupVersions: readonly GroupVersion[];
  /** Prose of types and fields, for `kubectl explain`. */
  readonly describe?: Describe | undefined;
}

const v3Prefix = '/openapi/v3/';

/** /openapi/v2 and /openapi/v3: documents are built when first asked for, and their bytes kept. */
export function createOpenApiPaths({
  types,
  version,
  groupVersions,
  describe,
}: OpenApiPathsOptions): Pick<ServerPaths, 'serve'> {
  const resources = groupVersions.flatMap((one) => one.resources.flatMap((entry) => servedOf(types, one, entry)));
  const options = { table: types, resources, version, describe };
  const kept = new Map<string, Document>();
  const document = (name: string, build: () => Bytes): Document => {
    const known = kept.get(name);
    if (known) return known;
    const bytes = build();
    const made = { bytes, hash: contentHash(name + version + JSON.stringify(resources)) };
    kept.set(name, made);
    return made;
  };
  const v3 = ({ group, version: of }: GroupVersion): Document =>
    document(`v3/${group}/${of}`, () => utf8(JSON.stringify(openApiV3({ group, version: of }, options))));
  const serveV2 = (accept: string): HttpResponse => {
    if (!accept.includes('proto-openapi')) {
      return send(
        document('v2', () => utf8(JSON.stringify(openApiV2(options)))),
        'application/json',
      );
    }
    return send(
      document('v2-protobuf', () => encodeOpenApiV2(openApiV2(options))),
      openApiV2ProtobufContentType,
    );
  };
  return {
    async serve(path, _query, request) {
      if (path === '/openapi/v2') return serveV2(request.headers.accept ?? '');
      if (path === '/openapi/v3') {
        return respondJson(
          openApiV3Index(
            groupVersions.map(({ group, version: of }) => ({
              group,
              version: of,
              hash: hashOf(resources, group, of, version),
            })),
          ),
        );
      }
      if (!path.startsWith(v3Prefix)) return undefined;
      const parts = path.slice(v3Prefix.length).split('/');
      const [group, of] = parts[0] === 'api' ? ['', parts[1]] : [parts[1], parts[2]];
      const found = groupVersions.find((one) => one.group === group && one.version === of);
      return found && send(v3(found), 'application/json');
    },
  };
}

interface Document {
  readonly bytes: Bytes;
  readonly hash: string;
}

function send({ bytes, hash }: Document, type: string): HttpResponse {
  const headers = { 'content-type': type, etag: `"${hash}"`, vary: 'Accept', 'cache-control': 'no-cache, private' };
  return { status: 200, headers, body: bytes, compressible: true };
}

/** What a document says depends on what is served and on the version, so their names stand for its content. */
function hashOf(resources: readonly ServedResource[], group: string, of: string, version: string): string {
  const own = resources.filter((one) => one.group === group && one.version === of);
  return contentHash(version + JSON.stringify(own));
}

function servedOf(types: TypeTable, { group, version }: GroupVersion, entry: ResourceEntry): readonly ServedResource[] {
  const { main, resource, subresources } = entry;
  const subs = subresources.map(({ subresource, gvk, verbs }) => ({
    name: subresource,
    kind: gvk,
    typeId: types.typeIdOf(gvk),
    verbs: [...verbs].sort(),
  }));
  if (!main) return [];
  const served = {
    group,
    version,
    resource,
    kind: main.gvk,
    typeId: types.typeIdOf(main.gvk),
    namespaced: main.namespaced,
    verbs: [...main.verbs].sort(),
    subresources: subs,
  };
  return [served];
}
