import { type Bytes, concatBytes, fromUtf8, type JsonObject, utf8 } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';

const metadataMark = '"metadata":{';
/** Where the mark must be found: kind and apiVersion come before it and nothing else. */
const headLimitBytes = 512;

/** The bytes of an object as they are stored: without resourceVersion, which the store's revision gives. */
export function encodeForStore(object: ApiObject): Uint8Array<ArrayBuffer> {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _resourceVersion, ...kept } = metadata;
  return utf8(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }));
}

/**
 * One object at one revision. It is decoded when first looked into, and encoded once per media type; every get, list and
 * watch that sends it shares those bytes.
 */
export class StoredObject {
  readonly key: string;
  /** 0 for what a dry run would have written. */
  readonly revision: number;
  readonly raw: Bytes;
  #object: ApiObject | undefined;
  #split: { readonly typeHead: Bytes; readonly metaHead: Bytes; readonly tail: Bytes } | undefined;
  readonly #encoded = new Map<string, Bytes>();

  constructor(key: string, revision: number, raw: Bytes) {
    this.key = key;
    this.revision = revision;
    this.raw = raw;
  }

  /** Shared by all readers: never to be changed. */
  get object(): ApiObject {
    if (!this.#object) {
      const stored = JSON.parse(fromUtf8(this.raw)) as ApiObject;
      const version = this.revision > 0 ? { resourceVersion: String(this.revision) } : {};
      this.#object = { ...stored, metadata: { ...stored.metadata, ...version } };
    }
    return this.#object;
  }

  /** The object's JSON, resourceVersion included: stored bytes around it, put together in less time than memory is worth. */
  get json(): Bytes {
    const { typeHead, metaHead, tail } = this.#parts();
    return concatBytes([typeHead, metaHead, tail]);
  }

  /** The JSON as an item of a list, which does not repeat kind and apiVersion: two pieces, to be sent one after the other. */
  get jsonItem(): readonly [Bytes, Bytes] {
    const { metaHead, tail } = this.#parts();
    return [concatBytes([openBrace, metaHead]), tail];
  }

  /** Whether it is stored in this form, told from its first bytes. */
  isOf(kind: string, apiVersion: string): boolean {
    return fromUtf8(this.#parts().typeHead) === `{"kind":"${kind}","apiVersion":"${apiVersion}",`;
  }

  /** What `encode` made of this object the first time. `form` names the media type and all that shapes the bytes. */
  encoded(form: string, encode: (object: ApiObject) => Bytes): Bytes {
    const known = this.#encoded.get(form);
    if (known) return known;
    const bytes = encode(this.object);
    this.#encoded.set(form, bytes);
    return bytes;
  }

  /** The same object at another revision: what a deletion shows. */
  at(revision: number): StoredObject {
    return new StoredObject(this.key, revision, this.raw);
  }

  #parts(): { readonly typeHead: Bytes; readonly metaHead: Bytes; readonly tail: Bytes } {
    if (this.#split) return this.#split;
    const raw = this.#orderedRaw();
    const at = fromUtf8(raw.subarray(0, headLimitBytes)).indexOf(metadataMark);
    const version = this.revision > 0 ? `"resourceVersion":"${this.revision}",` : '';
    const metaHead = utf8(`"metadata":{${version}`);
    // The head is kind and apiVersion, which are ASCII, so character offsets are byte offsets.
    const tail = raw.subarray(at + metadataMark.length);
    this.#split = { typeHead: raw.subarray(0, at), metaHead, tail };
    return this.#split;
  }

  /** Bytes that another program stored may have their fields in another order. */
  #orderedRaw(): Bytes {
    const head = fromUtf8(this.raw.subarray(0, headLimitBytes));
    if (/^\{"kind":"[^"]*","apiVersion":"[^"]*","metadata":\{"/.test(head)) return this.raw;
    return encodeForStore(JSON.parse(fromUtf8(this.raw)) as JsonObject & ApiObject);
  }
}

const openBrace = utf8('{');
