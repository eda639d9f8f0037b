import type { Bytes, JsonObject } from '@trireme/base';

/** Signs and verifies service account tokens (RS256), and shows the keys that verify them. */
export interface TokenSigner {
  /** Names the key that `sign` uses; the `kid` of a token. */
  readonly keyId: string;
  sign(data: Bytes): Promise<Bytes>;
  /** False for a key that is not known. */
  verify(data: Bytes, signature: Bytes, keyId: string | undefined): Promise<boolean>;
  /** JSON Web Keys (RFC 7517), public parts only. */
  publicKeys(): readonly JsonObject[];
}
