/**
 * The types of the Kubernetes API as data, with what can be derived from them: decoding with exact errors, JSON and
 * protobuf codecs, OpenAPI, discovery. TypeScript types of every kind are under `@trireme/schema/types/<group>/<version>`,
 * a typed name of every served resource under `@trireme/schema/resources`, and YAML under `@trireme/schema/yaml`.
 *
 * All functions take a `TypeTable`, so a server with custom resources passes one that knows them, too.
 *
 * @example
 * import { builtinTypes, decodeObject, encodeProtobuf, parseJson } from '@trireme/schema';
 *
 * const body = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"foo":1}}';
 * const { value, duplicates } = parseJson(body, { findDuplicates: true });
 * const decoded = decodeObject(builtinTypes, 'api.core.v1.Pod', value, { duplicates });
 * console.log(decoded.strictErrors); // ['unknown field "spec.foo"']
 * console.log(encodeProtobuf(builtinTypes, decoded.value).length);
 */
export { DecodeError } from './decode/decode-error.ts';
export {
  cannotBeHandled,
  type Decoded,
  type DecodeOptions,
  decodeObject,
  readTypeMeta,
  strictDecodingMessage,
  unrecognizedObject,
} from './decode/decode-object.ts';
export { parseTime, type TimePrecision } from './decode/go-time.ts';
export { formatJsonPath, type JsonPath } from './json/json-path.ts';
export { JsonSyntaxError } from './json/json-syntax-error.ts';
export { type ParsedJson, type ParseJsonOptions, parseJson } from './json/parse-json.ts';
export { quoteGo } from './json/quote.ts';
export { listItemKey, listKindOf } from './list-keys.ts';
export { type ApiObject, type GroupVersionKind, type ObjectList, parseGvk } from './object.ts';
export { contentHash } from './openapi/content-hash.ts';
export {
  type OpenApiOptions,
  type OpenApiV3Entry,
  openApiV2,
  openApiV3,
  openApiV3Index,
} from './openapi/documents.ts';
export { encodeOpenApiV2, openApiV2ProtobufAccept, openApiV2ProtobufContentType } from './openapi/gnostic.ts';
export { componentName } from './openapi/names.ts';
export type { Describe } from './openapi/schemas.ts';
export { type ListHeader, protobufListPieces } from './protobuf/list-pieces.ts';
export {
  type DecodedProtobuf,
  decodeMessage,
  decodeProtobuf,
  encodeMessage,
  encodeProtobuf,
  hasProtobuf,
  isProtobuf,
  type ProtobufEnvelope,
  protobufMediaType,
  readProtobufEnvelope,
} from './protobuf/protobuf.ts';
export { ProtobufError } from './protobuf/protobuf-error.ts';
export {
  createWatchFrameReader,
  encodeWatchFrame,
  protobufWatchMediaType,
  type WatchFrame,
  type WatchFrameReader,
} from './protobuf/watch-frame.ts';
export { apiVersionOf, type ResourceRef } from './resource-ref.ts';
export { builtinResources, type ServedResource, type ServedSubresource } from './served.ts';
export {
  builtinTypes,
  type FieldType,
  type Opaque,
  type ProtoOnlyMessage,
  parseTypeExpr,
  type Scalar,
  type TypeData,
  type TypeExpr,
  type TypeTable,
} from './type-table.ts';
export { fieldAt, placeAt, structOf, type TypedPlace } from './typed-path.ts';
export { type TypedNode, type TypedVisitor, walkTyped } from './walk-typed.ts';
