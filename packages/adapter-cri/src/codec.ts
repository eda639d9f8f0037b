import type { Root, Type } from 'protobufjs';
import { criProto } from './cri-proto.ts';

/** Encodes and decodes the messages of the schema by name. */
export interface CriCodec {
  encode(messageName: string, value: object): Buffer;
  /** Absent fields have their defaults; absent messages are null; 64-bit numbers are doubles. */
  decode(messageName: string, bytes: Buffer): unknown;
  method(service: CriService, method: string): { readonly request: string; readonly response: string };
}

export type CriService = 'RuntimeService' | 'ImageService';

/** Parses the schema: some milliseconds, so only once something is asked of a runtime. */
export async function createCriCodec(): Promise<CriCodec> {
  const { default: protobuf } = await import('protobufjs');
  const root: Root = protobuf.parse(criProto, new protobuf.Root(), { keepCase: false }).root;
  root.resolveAll();
  const types = new Map<string, Type>();
  const typeOf = (name: string): Type => {
    const known = types.get(name) ?? root.lookupType(`runtime.v1.${name}`);
    types.set(name, known);
    return known;
  };
  return {
    encode(messageName, value) {
      const type = typeOf(messageName);
      return Buffer.from(type.encode(type.fromObject(value)).finish());
    },
    decode(messageName, bytes) {
      const type = typeOf(messageName);
      return type.toObject(type.decode(bytes), { longs: Number, enums: String, defaults: true });
    },
    method(service, method) {
      const found = root.lookupService(`runtime.v1.${service}`).methods[method];
      if (!found) throw new Error(`the CRI schema has no ${service}.${method}; add it to cri-proto.ts`);
      return { request: found.requestType, response: found.responseType };
    },
  };
}
