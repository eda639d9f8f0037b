import { fromBase64, fromUtf8Strict, isJsonObject, type JsonObject, toBase64, utf8 } from '@trireme/base';
import type { TokenSigner } from './token-signer.ts';

/** A signed JSON Web Token (RFC 7519) in its compact form. */
export async function signJwt(signer: TokenSigner, claims: JsonObject): Promise<string> {
  const header = { alg: 'RS256', kid: signer.keyId };
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  return `${signed}.${toBase64Url(await signer.sign(utf8(signed)))}`;
}

export interface ReadJwt {
  readonly claims: JsonObject;
  readonly keyId: string | undefined;
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** Takes a token apart without trusting it. Undefined where it is not one. */
export function readJwt(token: string): ReadJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [head = '', body = '', signature = ''] = parts;
  const header = decodePart(head);
  const claims = decodePart(body);
  const bytes = fromBase64Url(signature);
  if (!header || !claims || !bytes || header.alg !== 'RS256') return undefined;
  const keyId = typeof header.kid === 'string' ? header.kid : undefined;
  return { claims, keyId, signed: `${head}.${body}`, signature: bytes };
}

export async function verifyJwt(signer: TokenSigner, jwt: ReadJwt): Promise<boolean> {
  return await signer.verify(utf8(jwt.signed), jwt.signature, jwt.keyId);
}

function encodePart(part: JsonObject): string {
  return toBase64Url(utf8(JSON.stringify(part)));
}

function decodePart(text: string): JsonObject | undefined {
  const bytes = fromBase64Url(text);
  const json = bytes && fromUtf8Strict(bytes);
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64Url(text: string): Uint8Array | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromBase64(standard + '='.repeat((4 - (standard.length % 4)) % 4));
}
