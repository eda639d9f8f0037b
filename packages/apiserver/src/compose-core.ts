import { createAdmission } from './admission/admission.ts';
import { builtinAdmission } from './admission/builtin-admission.ts';
import type { ApiServerDeps } from './api-server.ts';
import { createServiceAccountTokens, type ServiceAccountTokens } from './auth/service-account-tokens.ts';
import { createUnionAuthorizer, mastersAuthorizer } from './authz/authorizer.ts';
import { createNodeAuthorizer } from './authz/node-authorizer.ts';
import { createRbac } from './authz/rbac.ts';
import { createFieldTracker } from './registry/field-tracker.ts';
import { createRegistry } from './registry/registry.ts';
import { createServiceAllocator, type ServiceRanges } from './registry/service-allocator.ts';
import type { ServerCore } from './server-core.ts';
import { createObjectFeed } from './store/object-feed.ts';
import { createObjectStore, type ObjectStore } from './store/object-store.ts';

const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';

export function serviceRanges({ options = {} }: ApiServerDeps): ServiceRanges {
  return {
    serviceCidr: options.serviceCidr ?? '10.96.0.0/12',
    nodePorts: options.nodePorts ?? { from: 30000, to: 32767 },
  };
}

export function issuerOf({ auth }: ApiServerDeps): string {
  return auth.issuer ?? defaultIssuer;
}

/** Puts the parts together that do not know HTTP: caches, store, permissions, admission, the rules of writing. */
export function composeCore(deps: ApiServerDeps): ServerCore {
  const { kv, time, random, logger, kinds, types, options = {} } = deps;
  const feed = createObjectFeed({ kv, time, logger }, { historySize: options.historySize });
  const store = createObjectStore(kv, feed, time);
  const rbac = createRbac(feed);
  const authorizer = createUnionAuthorizer([mastersAuthorizer, createNodeAuthorizer(feed), rbac]);
  const plugins = [...builtinAdmission({ store, random, rbac, authorizer }), ...(options.admission ?? [])];
  const registry = createRegistry({
    store,
    time,
    random,
    admission: createAdmission(plugins),
    allocations: { services: createServiceAllocator({ feed, random }, serviceRanges(deps)) },
    fields: createFieldTracker(types),
  });
  const tokens = serviceAccountTokens(deps, store);
  return {
    kv,
    time,
    random,
    logger,
    types,
    kinds,
    feed,
    store,
    registry,
    authorizer,
    rbac,
    tokens,
    tokenReviewers: tokens
      ? [(token, audiences) => tokens.verify(token, audiences.length > 0 ? audiences : undefined)]
      : [],
    dialNode: options.dialNode,
  };
}

function serviceAccountTokens(deps: ApiServerDeps, store: ObjectStore): ServiceAccountTokens | undefined {
  const { auth, time, random } = deps;
  const { signer } = auth;
  if (!signer) return undefined;
  const issuer = issuerOf(deps);
  return createServiceAccountTokens({ signer, store, time, random }, { issuer, audiences: auth.audiences ?? [issuer] });
}
