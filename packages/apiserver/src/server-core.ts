import type { Kind } from '@trireme/api';
import type { HttpTransport, Kv, Logger, Random, Time } from '@trireme/ports';
import type { TypeTable } from '@trireme/schema';
import type { ServiceAccountTokens } from './auth/service-account-tokens.ts';
import type { UserInfo } from './auth/user-info.ts';
import type { Authorizer } from './authz/authorizer.ts';
import type { Rbac } from './authz/rbac.ts';
import type { Registry } from './registry/registry.ts';
import type { ObjectFeed } from './store/object-feed.ts';
import type { ObjectStore } from './store/object-store.ts';

/** A node's kubelet, as HTTP: where logs, exec and port-forward are proxied to. Rejects where the node is not known. */
export type NodeDialer = (nodeName: string) => HttpTransport | Promise<HttpTransport>;

/** What the handlers share. Made once, by `createApiServer`. */
export interface ServerCore {
  readonly kv: Kv;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
  readonly types: TypeTable;
  readonly kinds: readonly Kind[];
  readonly feed: ObjectFeed;
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly rbac: Rbac;
  /** Absent where no signer was given: no service account tokens then. */
  readonly tokens: ServiceAccountTokens | undefined;
  readonly tokenReviewers: readonly TokenReviewer[];
  readonly dialNode: NodeDialer | undefined;
}

/** Says who a token speaks for, for TokenReview. */
export type TokenReviewer = (
  token: string,
  audiences: readonly string[],
) => Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] } | undefined>;
