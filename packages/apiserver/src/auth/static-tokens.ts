import { equalBytes, utf8 } from '@trireme/base';
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
      return tokens().find((known) => equalBytes(utf8(known.token), bytes))?.user ?? 'refused';
    },
  };
}
