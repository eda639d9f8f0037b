import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

/** What kubectl accepts for `/openapi/v2`; it does not take JSON. */
export const openApiV2ProtobufAccept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** What the answer then says it is: '@' may not stand in a media type, and client-go refuses an answer with it. */
export const openApiV2ProtobufContentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** A message of the public `openapi.v2` protobuf description: each JSON key with its field. */
type Message = Readonly<Record<string, readonly [number: number, write: Write]>>;
type Write = (writer: ReverseWriter, number: number, value: JsonValue) => void;

function delimited(writer: ReverseWriter, number: number, write: () => void): void {
  const before = writer.size;
  write();
  writer.varint32(writer.size - before);
  writer.varint32((number << 3) | 2);
}

const text: Write = (writer, number, value) => delimited(writer, number, () => writer.text(String(value)));

const flag: Write = (writer, number, value) => {
  writer.byte(value === true ? 1 : 0);
  writer.varint32(number << 3);
};

/** `Any` carries a free value as YAML, of which JSON is a part. */
const any: Write = (writer, number, value) => delimited(writer, number, () => text(writer, 2, JSON.stringify(value)));

const texts: Write = (writer, number, value) => {
  for (const item of listOf(value).toReversed()) text(writer, number, item);
};

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

const each =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const item of listOf(value).toReversed()) write(writer, number, item);
  };

/** A message written by its table; keys beginning with `x-` are its vendor extensions. */
const message =
  (fields: () => Message, extensionNumber?: number): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => writeFields(writer, fields(), value, extensionNumber));

function writeFields(writer: ReverseWriter, fields: Message, value: JsonValue, extensionNumber?: number): void {
  if (!isJsonObject(value)) return;
  for (const [key, item] of Object.entries(value).reverse()) {
    if (item === undefined) continue;
    const field = fields[key];
    if (field) field[1](writer, field[0], item);
    else if (key.startsWith('x-') && extensionNumber !== undefined)
      entry(any)(writer, extensionNumber, { [key]: item });
  }
}

/** Named values: a message with the name and the value, for each key of the object. */
const entry =
  (write: Write): Write =>
  (writer, number, value) => {
    for (const [key, item] of Object.entries(value as JsonObject).reverse()) {
      delimited(writer, number, () => {
        write(writer, 2, item as JsonValue);
        text(writer, 1, key);
      });
    }
  };

/** A message around one inner field, where the description has a choice or a list as a message of its own. */
const wrapped =
  (inner: number, write: Write): Write =>
  (writer, number, value) =>
    delimited(writer, number, () => write(writer, inner, value));

const schema: Write = message(() => schemaFields, 31);

const schemaFields: Message = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  required: [19, texts],
  enum: [20, each(any)],
  additionalProperties: [21, wrapped(1, schema)],
  type: [22, wrapped(1, texts)],
  items: [23, wrapped(1, schema)],
  allOf: [24, each(schema)],
  properties: [25, wrapped(1, entry(schema))],
};

const pathParameterFields: Message = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [5, text],
  uniqueItems: [19, flag],
};
const queryParameterFields: Message = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [6, text],
  uniqueItems: [20, flag],
};
const bodyParameterFields: Message = {
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
};

/** ParametersItem.parameter: Parameter is a body or one of the others, of which query is the third and path the fourth. */
const parameter: Write = (writer, number, value) => {
  const place = isJsonObject(value) ? value.in : undefined;
  const within: Write =
    place === 'body'
      ? message(() => bodyParameterFields)
      : wrapped(
          place === 'query' ? 3 : 4,
          message(() => (place === 'query' ? queryParameterFields : pathParameterFields)),
        );
  wrapped(1, (inner, at, item) => wrapped(place === 'body' ? 1 : 2, within)(inner, at, item))(writer, number, value);
};

const response: Write = wrapped(
  1,
  message(() => ({ description: [1, text], schema: [2, wrapped(1, schema)] })),
);

const operationFields: Message = {
  tags: [1, texts],
  summary: [2, text],
  description: [3, text],
  operationId: [5, text],
  produces: [6, texts],
  consumes: [7, texts],
  parameters: [8, each(parameter)],
  responses: [9, wrapped(1, entry(response))],
  schemes: [10, texts],
};

const operation: Write = message(() => operationFields, 13);

const pathItemFields: Message = {
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, each(parameter)],
};

const documentFields: Message = {
  swagger: [1, text],
  info: [2, message(() => ({ title: [1, text], version: [2, text] }))],
  paths: [8, wrapped(2, entry(message(() => pathItemFields)))],
  definitions: [9, wrapped(1, entry(schema))],
};

/** The document that `openApiV2` builds, in the protobuf form in which kubectl and helm ask for it. */
export function encodeOpenApiV2(document: JsonObject): Uint8Array<ArrayBuffer> {
  const writer = new ReverseWriter(1024 * 1024);
  writeFields(writer, documentFields, document);
  return writer.finish();
}
