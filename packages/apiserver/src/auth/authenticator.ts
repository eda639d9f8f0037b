import { statusErrors } from '@trireme/api-machinery';
import type { HttpRequest, Peer } from '@trireme/ports';
import { anonymousUser, type UserInfo, withAuthenticated } from './user-info.ts';

/**
 * One way to prove who one is. Returns undefined where the request does not try it; throws (or returns 'refused') where it
 * tries and fails, and no other way succeeds.
 */
export interface Authenticator {
  readonly name: string;
  authenticate(request: HttpRequest, peer: Peer): Promise<UserInfo | 'refused' | undefined>;
}

/** Asks each in turn; the first that knows the user decides. Nobody's credentials at all make the anonymous user. */
export function createUnionAuthenticator(
  authenticators: readonly Authenticator[],
  options: { readonly anonymous: boolean },
): { authenticate(request: HttpRequest, peer: Peer): Promise<UserInfo> } {
  return {
    async authenticate(request, peer) {
      let refused = peer.certificateError !== undefined;
      for (const authenticator of authenticators) {
        const user = await authenticator.authenticate(request, peer);
        if (user === 'refused') refused = true;
        else if (user) return withAuthenticated(user);
      }
      if (refused || !options.anonymous) throw statusErrors.unauthorized();
      return anonymousUser;
    },
  };
}

/** The token of 'Authorization: Bearer ...'. */
export function bearerToken(request: HttpRequest): string | undefined {
  const match = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return match?.[1];
}
