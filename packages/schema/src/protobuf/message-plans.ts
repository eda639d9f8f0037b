import type { JsonValue } from '@trireme/base';
import type { FieldType, TypeExpr, TypeTable } from '../type-table.ts';
import { createMessagePlan, type FieldPlan, type MessagePlan, messageCodec } from './message-plan.ts';
import {
  intOrStringCodec,
  jsonOfBytes,
  quantityCodec,
  rawJsonCodec,
  schemaOrCodec,
  timeCodec,
  wrappedListCodec,
} from './special-codecs.ts';
import { scalarCodecs, type ValueCodec } from './value-codec.ts';

/** The protobuf form of every type of a table, worked out on first use. */
export interface MessagePlans {
  ofType(typeId: string): MessagePlan;
}

const caches = new WeakMap<TypeTable, MessagePlans>();

/** `decodeRaw` reads what stands in a RawExtension: JSON, or an object in protobuf again. */
export function messagePlansOf(
  table: TypeTable,
  decodeRaw: (bytes: Uint8Array) => JsonValue | undefined,
): MessagePlans {
  let plans = caches.get(table);
  if (!plans) {
    plans = createMessagePlans(table, decodeRaw);
    caches.set(table, plans);
  }
  return plans;
}

const meta = 'apimachinery.pkg.apis.meta.v1';
const apiextensions = 'apiextensions-apiserver.pkg.apis.apiextensions.v1';

type Codecs = (type: TypeExpr) => ValueCodec;

function createMessagePlans(table: TypeTable, decodeRaw: (bytes: Uint8Array) => JsonValue | undefined): MessagePlans {
  const plans = new Map<string, MessagePlan>();
  const named = new Map<string, ValueCodec>();
  const ofType = (typeId: string): MessagePlan => {
    const known = plans.get(typeId);
    if (known) return known;
    const plan = planMessage(table, typeId, typeId, codecOf);
    plans.set(typeId, plan);
    return plan;
  };
  const codecOf: Codecs = (type) => {
    if (type.kind === 'scalar') return scalarCodecs[type.scalar];
    // A list where a single value is expected (a map's value, a field that does not repeat) has a message around it.
    if (type.kind === 'list') return wrappedListCodec(codecOf(type.of));
    if (type.kind === 'map') throw new Error('the API has no maps of maps in protobuf');
    let codec = named.get(type.typeId);
    if (!codec) {
      codec = specialCodec(type.typeId, decodeRaw, codecOf) ?? messageCodec(() => ofType(type.typeId));
      named.set(type.typeId, codec);
    }
    return codec;
  };
  return { ofType };
}

function specialCodec(
  typeId: string,
  decodeRaw: (bytes: Uint8Array) => JsonValue | undefined,
  codecOf: Codecs,
): ValueCodec | undefined {
  const schema = (): ValueCodec => codecOf({ kind: 'named', typeId: `${apiextensions}.JSONSchemaProps` });
  switch (typeId) {
    case 'apimachinery.pkg.api.resource.Quantity':
      return quantityCodec;
    case 'apimachinery.pkg.util.intstr.IntOrString':
      return intOrStringCodec;
    case `${meta}.Time`:
      return timeCodec(false);
    case `${meta}.MicroTime`:
      return timeCodec(true);
    case 'apimachinery.pkg.runtime.RawExtension':
      return rawJsonCodec(decodeRaw);
    case `${meta}.FieldsV1`:
    case `${apiextensions}.JSON`:
      return rawJsonCodec(jsonOfBytes);
    case `${apiextensions}.JSONSchemaPropsOrBool`:
      return schemaOrCodec('bool', schema());
    case `${apiextensions}.JSONSchemaPropsOrArray`:
      return schemaOrCodec('array', schema());
    case `${apiextensions}.JSONSchemaPropsOrStringArray`:
      return schemaOrCodec('strings', schema());
    default:
      return undefined;
  }
}

/**
 * The plan of the message `messageId`. The JSON names and types of its fields are those of `ownerId`, which is another
 * type where JSON inlines the message.
 */
function planMessage(table: TypeTable, messageId: string, ownerId: string, codecOf: Codecs): MessagePlan {
  const own = table.type(messageId);
  const ownerFields = table.type(ownerId)?.fields;
  const fields: FieldPlan[] = [];
  for (const field of own?.fields.values() ?? []) {
    if (field.proto !== undefined)
      fields.push(planField(ownerFields?.get(field.name) ?? field, field.proto, field.wire, codecOf));
  }
  if (!own) {
    for (const [name, { proto, wire }] of Object.entries(table.protoOnly?.(messageId) ?? {})) {
      const field = ownerFields?.get(name);
      if (field) fields.push(planField(field, proto, wire, codecOf));
    }
  }
  for (const { proto, wire } of Object.values(own?.protoEmbedded ?? {})) {
    let plan: MessagePlan | undefined;
    const get = (): MessagePlan => {
      plan ??= planMessage(table, resolveMessage(table, messageId, wire), ownerId, codecOf);
      return plan;
    };
    fields.push({ kind: 'embedded', number: proto, plan: get });
  }
  return createMessagePlan(fields);
}

/** 'ProbeHandler' within api.core.v1 is api.core.v1.ProbeHandler; a name with dots is whole. */
function resolveMessage(table: TypeTable, within: string, wire: string): string {
  const name = wire.replace(/^\./, '');
  const local = `${within.slice(0, within.lastIndexOf('.'))}.${name}`;
  return table.type(local) || table.protoOnly?.(local) ? local : name;
}

function planField(field: FieldType, number: number, wire: string | undefined, codecOf: Codecs): FieldPlan {
  const { name, type } = field;
  if (type.kind === 'list' && wire?.startsWith('repeated ')) {
    return { kind: 'repeated', number, name, codec: codecOf(type.of), required: field.required };
  }
  if (type.kind === 'map') {
    return { kind: 'map', number, name, codec: codecOf(type.of), required: false };
  }
  const keepsZero = field.pointer === true || field.writesZero === true || type.kind !== 'scalar';
  return { kind: 'single', number, name, codec: codecOf(type), keepsZero };
}
