import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { TokenSigner } from '@trireme/apiserver';
import type { KeyPair } from '@trireme/pki';

const signAsync = promisify(sign) as unknown as (algorithm: string, data: Uint8Array, key: object) => Promise<Buffer>;

/** Service account tokens as RS256, signed off the event loop. */
export function createRsaTokenSigner(keys: KeyPair): TokenSigner {
  const privateKey = createPrivateKey(keys.privateKeyPem);
  const publicKey = createPublicKey(keys.publicKeyPem);
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return {
    keyId,
    sign: async (data) => new Uint8Array(await signAsync('sha256', data, privateKey)),
    verify: async (data, signature, wanted) =>
      (wanted === undefined || wanted === keyId) && verify('sha256', data, publicKey, signature),
    publicKeys() {
      const { kty = 'RSA', n = '', e = '' } = publicKey.export({ format: 'jwk' });
      return [{ kty, n, e, use: 'sig', alg: 'RS256', kid: keyId }];
    },
  };
}
