import { isJsonObject, type JsonObject } from '@trireme/base';
import { type Random, randomUuid, type Time } from '@trireme/ports';
import type { ObjectStore } from '../store/object-store.ts';
import { type Authenticator, bearerToken } from './authenticator.ts';
import { readJwt, signJwt, verifyJwt } from './jwt.ts';
import type { TokenSigner } from './token-signer.ts';
import type { UserInfo } from './user-info.ts';

export interface ServiceAccountTokenDeps {
  readonly signer: TokenSigner;
  readonly store: ObjectStore;
  readonly time: Time;
  readonly random: Random;
}

export interface TokenSettings {
  /** Who issues: 'https://kubernetes.default.svc.cluster.local'. */
  readonly issuer: string;
  /** What a token must be meant for to be accepted here; also what it is meant for when nothing else is asked. */
  readonly audiences: readonly string[];
}

export interface TokenBinding {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
  /** The node a bound pod runs on. */
  readonly node?: { readonly name: string; readonly uid: string } | undefined;
}

export interface IssueRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo?: TokenBinding | undefined;
}

export interface ServiceAccountTokens {
  readonly authenticator: Authenticator;
  issue(request: IssueRequest): Promise<{ readonly token: string; readonly expiresMs: number }>;
  /** Who the token speaks for, if it is good for one of `audiences` (default: this server's). */
  verify(token: string, audiences?: readonly string[]): Promise<VerifiedToken | undefined>;
}

export interface VerifiedToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

const cacheLimit = 4096;

/** Tokens of service accounts: signed by the cluster, bound to an account that exists, and to a pod that still runs. */
export function createServiceAccountTokens(
  deps: ServiceAccountTokenDeps,
  settings: TokenSettings,
): ServiceAccountTokens {
  const { signer, time } = deps;
  /** Tokens whose signature was found good. What they are bound to is looked up every time. */
  const verified = new Map<string, JsonObject>();

  const claimsOf = async (token: string): Promise<JsonObject | undefined> => {
    const known = verified.get(token);
    if (known) return known;
    const jwt = readJwt(token);
    if (!jwt || jwt.claims.iss !== settings.issuer || !(await verifyJwt(signer, jwt))) return undefined;
    if (verified.size >= cacheLimit) verified.clear();
    verified.set(token, jwt.claims);
    return jwt.claims;
  };

  const verify: ServiceAccountTokens['verify'] = async (token, audiences = settings.audiences) => {
    const claims = await claimsOf(token);
    if (!claims) return undefined;
    const nowSeconds = time.now() / 1000;
    if (Number(claims.exp) <= nowSeconds || Number(claims.nbf ?? 0) > nowSeconds + 60) return undefined;
    const meant = Array.isArray(claims.aud) ? (claims.aud as string[]) : [String(claims.aud)];
    const accepted = meant.filter((audience) => audiences.includes(audience));
    if (accepted.length === 0) return undefined;
    const user = await userOf(deps.store, claims);
    return user && { user, audiences: accepted };
  };

  return {
    verify,
    async issue(request) {
      const nowSeconds = Math.floor(time.now() / 1000);
      const expiresSeconds = nowSeconds + request.expirationSeconds;
      const token = await signJwt(signer, {
        aud: [...(request.audiences.length > 0 ? request.audiences : settings.audiences)],
        exp: expiresSeconds,
        iat: nowSeconds,
        iss: settings.issuer,
        jti: randomUuid(deps.random),
        'kubernetes.io': claimsOfBinding(request),
        nbf: nowSeconds,
        sub: `system:serviceaccount:${request.namespace}:${request.name}`,
      });
      return { token, expiresMs: expiresSeconds * 1000 };
    },
    authenticator: {
      name: 'service-account-token',
      async authenticate(request) {
        const token = bearerToken(request);
        if (token === undefined) return undefined;
        return (await verify(token))?.user ?? 'refused';
      },
    },
  };
}

function claimsOfBinding(request: IssueRequest): JsonObject {
  const { namespace, name, uid, boundTo } = request;
  const bound: Record<string, JsonObject> = {};
  if (boundTo) bound[boundTo.kind.toLowerCase()] = { name: boundTo.name, uid: boundTo.uid };
  if (boundTo?.node) bound.node = { ...boundTo.node };
  return { namespace, ...bound, serviceaccount: { name, uid } };
}

interface Named {
  readonly name: string;
  readonly uid: string;
}

function namedIn(value: unknown): Named | undefined {
  if (!isJsonObject(value) || typeof value.name !== 'string') return undefined;
  return { name: value.name, uid: String(value.uid ?? '') };
}

async function userOf(store: ObjectStore, claims: JsonObject): Promise<UserInfo | undefined> {
  const own = claims['kubernetes.io'];
  if (!isJsonObject(own) || typeof own.namespace !== 'string') return undefined;
  const namespace = own.namespace;
  const account = namedIn(own.serviceaccount);
  if (!account || !(await isThere(store, 'serviceaccounts', namespace, account))) return undefined;
  const pod = namedIn(own.pod);
  if (pod && !(await isThere(store, 'pods', namespace, pod))) return undefined;
  const secret = namedIn(own.secret);
  if (secret && !(await isThere(store, 'secrets', namespace, secret))) return undefined;
  const node = namedIn(own.node);
  return {
    name: `system:serviceaccount:${namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: {
      ...(typeof claims.jti === 'string' && { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] }),
      ...(pod && {
        'authentication.kubernetes.io/pod-name': [pod.name],
        'authentication.kubernetes.io/pod-uid': [pod.uid],
      }),
      ...(node && {
        'authentication.kubernetes.io/node-name': [node.name],
        'authentication.kubernetes.io/node-uid': [node.uid],
      }),
    },
  };
}

/** Looked up in the cache first; only its absence there is worth a question to the store. */
async function isThere(store: ObjectStore, resource: string, namespace: string, wanted: Named): Promise<boolean> {
  const ref = { group: '', resource };
  const known = store.cached(ref, namespace, wanted.name);
  if (known && known.object.metadata.uid === wanted.uid) return true;
  const newest = await store.read(ref, namespace, wanted.name);
  return newest?.object.metadata.uid === wanted.uid;
}
