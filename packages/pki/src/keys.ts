import { createPrivateKey, createPublicKey, generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';

export interface KeyPair {
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyPem: string;
}

const generateAsync = promisify(generate);

/** 'ec' is P-256, for TLS; 'rsa' is 2048 bits, for service account tokens (every JWT library verifies RS256). */
export async function generateKeyPair(type: 'ec' | 'rsa'): Promise<KeyPair> {
  const { privateKey, publicKey } =
    type === 'ec'
      ? await generateAsync('ec', { namedCurve: 'P-256' })
      : await generateAsync('rsa', { modulusLength: 2048 });
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The public half of a private key. */
export function publicKeyOf(privateKeyPem: string): string {
  return createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' }).toString();
}
