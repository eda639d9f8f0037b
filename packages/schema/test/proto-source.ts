import data from '../src/generated/api.json' with { type: 'json' };

interface RawMessage {
  readonly fields?: Readonly<Record<string, { readonly proto?: number; readonly wire?: string }>>;
  readonly protoEmbedded?: Readonly<Record<string, { readonly proto: number; readonly wire: string }>>;
}

const meta = 'apimachinery.pkg.apis.meta.v1';
const apiextensions = 'apiextensions_apiserver.pkg.apis.apiextensions.v1';

/** The messages that the table does not spell out, because JSON writes them in a way of its own. */
const byHand: Readonly<Record<string, string>> = {
  'apimachinery.pkg.api.resource.Quantity': 'optional string string = 1;',
  'apimachinery.pkg.util.intstr.IntOrString':
    'optional int64 type = 1; optional int32 intVal = 2; optional string strVal = 3;',
  'apimachinery.pkg.runtime.RawExtension': 'optional bytes raw = 1;',
  [`${meta}.FieldsV1`]: 'optional bytes Raw = 1;',
  [`${meta}.Time`]: 'optional int64 seconds = 1; optional int32 nanos = 2;',
  [`${meta}.MicroTime`]: 'optional int64 seconds = 1; optional int32 nanos = 2;',
  [`${apiextensions}.JSON`]: 'optional bytes raw = 1;',
  [`${apiextensions}.JSONSchemaPropsOrArray`]:
    'optional JSONSchemaProps schema = 1; repeated JSONSchemaProps jSONSchemas = 2;',
  [`${apiextensions}.JSONSchemaPropsOrBool`]: 'optional bool allows = 1; optional JSONSchemaProps schema = 2;',
  [`${apiextensions}.JSONSchemaPropsOrStringArray`]:
    'optional JSONSchemaProps schema = 1; repeated string property = 2;',
};

/** The whole table as proto2 text in one nest of messages, for a library that knows nothing of ours. */
export function protoSource(): string {
  const bodies = new Map<string, string>();
  for (const [id, type] of Object.entries(data.types as Readonly<Record<string, RawMessage>>)) {
    const name = id.replaceAll('-', '_');
    const fields = Object.entries({ ...type.fields, ...type.protoEmbedded });
    bodies.set(name, byHand[name] ?? fields.map(([field, raw]) => line(field, raw)).join(' '));
  }
  for (const [id, message] of Object.entries(data.protoOnly as Readonly<Record<string, RawMessage['fields']>>)) {
    const fields = Object.entries(message ?? {});
    bodies.set(id.replaceAll('-', '_'), fields.map(([field, raw]) => line(field, raw)).join(' '));
  }
  return `syntax = "proto2";\n${nest([...bodies])}`;
}

function line(name: string, { proto, wire }: { readonly proto?: number; readonly wire?: string }): string {
  if (proto === undefined || wire === undefined) return '';
  const type = wire.replaceAll('-', '_');
  const label = /^(?:repeated |map<)/.test(type) ? '' : 'optional ';
  // A leading dot starts at the root, so that 'api.x' is not looked for within the message's own scope.
  const rooted = type.replace(/(^|[\s,])(api|apimachinery)\./, '$1.$2.').replace('..', '.');
  return `${label}${rooted} ${name.replaceAll(/[^\w]/g, '_')} = ${proto};`;
}

/** Packages become messages around messages, since one text has one package. */
function nest(entries: readonly (readonly [string, string])[]): string {
  const groups = new Map<string, [string, string][]>();
  let text = '';
  for (const [id, body] of entries) {
    const dot = id.indexOf('.');
    if (dot < 0) text += `message ${id} { ${body} }\n`;
    else groups.set(id.slice(0, dot), [...(groups.get(id.slice(0, dot)) ?? []), [id.slice(dot + 1), body]]);
  }
  for (const [name, inner] of groups) text += `message ${name} {\n${nest(inner)}}\n`;
  return text;
}
