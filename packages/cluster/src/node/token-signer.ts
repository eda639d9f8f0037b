import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenSigner } from '@trireme/apiserver';

/**
 * Service account tokens that this cluster alone can check. They say RS256, which is what clients know, and are signed
 * with a secret of this process instead: that takes no time to make, and one seed gives the same tokens.
 */
export function createLocalTokenSigner(secret: Uint8Array): TokenSigner {
  const keyId = 'local';
  const mac = (data: Uint8Array): Uint8Array => new Uint8Array(createHmac('sha256', secret).update(data).digest());
  return {
    keyId,
    sign: async (data) => mac(data),
    async verify(data, signature, wanted) {
      const right = mac(data);
      return (wanted ?? keyId) === keyId && signature.length === right.length && timingSafeEqual(signature, right);
    },
    publicKeys: () => [],
  };
}
