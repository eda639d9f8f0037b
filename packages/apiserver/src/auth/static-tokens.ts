import { type Bytes, utf8 } from '@trireme/base';
import { type Authenticator, bearerToken } from './authenticator.ts';
import type { UserInfo } from './user-info.ts';

export interface StaticToken {
  readonly token: string;
  readonly user: UserInfo;
}

/** Tokens from the server's own configuration: how a new member or node introduces itself. */
export function createStaticTokenAuthenticator(tokens: () => readonly StaticToken[]): Authenticator {
  return {
    name: 'static-token',
    async authenticate(request) {
      const token = bearerToken(request);
      if (token === undefined) return undefined;
      const bytes = utf8(token);
      return tokens().find((known) => sameSecret(utf8(known.token), bytes))?.user ?? 'refused';
    },
  };
}

/** Takes as long for a near miss as for a far one, so that a token cannot be guessed byte by byte. */
function sameSecret(known: Bytes, given: Bytes): boolean {
  let difference = known.length ^ given.length;
  for (let i = 0; i < given.length; i++) difference |= (known[i % known.length] ?? 0) ^ (given[i] ?? 0);
  return difference === 0;
}
