import type { Kind } from '@trireme/api';
import type { HttpHandler, HttpResponse, Kv, Logger, Random, Time } from '@trireme/ports';
import type { TypeTable } from '@trireme/schema';
import { type AdmissionPlugin, createAdmission } from './admission/admission.ts';
import { builtinAdmission } from './admission/builtin-admission.ts';
import { type Authenticator, createUnionAuthenticator } from './auth/authenticator.ts';
import { certificateAuthenticator } from './auth/certificate-authenticator.ts';
import { createServiceAccountTokens } from './auth/service-account-tokens.ts';
import { createStaticTokenAuthenticator, type StaticToken } from './auth/static-tokens.ts';
import type { TokenSigner } from './auth/token-signer.ts';
import { createUnionAuthorizer, mastersAuthorizer } from './authz/authorizer.ts';
import { createNodeAuthorizer } from './authz/node-authorizer.ts';
import { createRbac } from './authz/rbac.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { keepMemberEndpoints, type MemberAddress, removeMember } from './bootstrap/member-endpoints.ts';
import { createDiscoveryPaths } from './discovery/discovery-paths.ts';
import { createOpenApiPaths } from './discovery/open-api-paths.ts';
import { groupVersionsOf } from './discovery/resource-lists.ts';
import { createServerPaths, metricsText } from './discovery/server-paths.ts';
import { builtinEndpoints, createEndpointTable } from './handlers/builtin-endpoints.ts';
import { createPipeline } from './pipeline.ts';
import { createFieldTracker } from './registry/field-tracker.ts';
import { createRegistry } from './registry/registry.ts';
import { createServiceAllocator } from './registry/service-allocator.ts';
import { respondJson, respondText } from './request/respond.ts';
import type { NodeDialer, ServerCore } from './server-core.ts';
import { keepCompacting } from './store/compactor.ts';
import { createObjectFeed } from './store/object-feed.ts';
import { createObjectStore } from './store/object-store.ts';

export interface ApiServerDeps {
  readonly kv: Kv;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
  /** What is served and stored: `builtinKinds` of the api package. */
  readonly kinds: readonly Kind[];
  /** What its types are: `builtinTypes` of the schema package. */
  readonly types: TypeTable;
  readonly auth: ApiServerAuth;
  readonly options?: ApiServerOptions | undefined;
}

export interface ApiServerAuth {
  /** Absent: no service account tokens. */
  readonly signer?: TokenSigner | undefined;
  /** Default: https://kubernetes.default.svc.cluster.local, which is also the default audience. */
  readonly issuer?: string | undefined;
  readonly audiences?: readonly string[] | undefined;
  /** Asked on every request with a token, so that tokens can come and go. */
  readonly staticTokens?: (() => readonly StaticToken[]) | undefined;
  /** Further ways to prove who one is, asked after the built-in ones. */
  readonly authenticators?: readonly Authenticator[] | undefined;
  /** Default true: requests without credentials are system:anonymous. */
  readonly anonymous?: boolean | undefined;
}

export interface ApiServerOptions {
  /** Default 10.96.0.0/12. */
  readonly serviceCidr?: string | undefined;
  /** Default 30000 to 32767. */
  readonly nodePorts?: { readonly from: number; readonly to: number } | undefined;
  /** Where this member is reached; absent: it does not put itself into Service default/kubernetes. */
  readonly advertise?: MemberAddress | undefined;
  readonly dialNode?: NodeDialer | undefined;
  /** Added to /version; gitVersion is Kubernetes' own, which clients compare. */
  readonly build?:
    | { readonly gitCommit?: string; readonly buildDate?: string; readonly gitTreeState?: string }
    | undefined;
  /** Run after the built-in ones. */
  readonly admission?: readonly AdmissionPlugin[] | undefined;
  /** Events kept per resource for watchers that come back. Default 1024. */
  readonly historySize?: number | undefined;
}

export interface ApiServer {
  readonly handler: HttpHandler;
  /** True once the caches are filled and what every cluster has is there. */
  ready(): boolean;
  stop(): Promise<void>;
}

export const kubernetesVersion = 'v1.36.0';
const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';

/** A whole API server as a function on requests. It starts to fill its caches at once. */
export function createApiServer(deps: ApiServerDeps): ApiServer {
  const { kv, time, random, logger, kinds, types, auth, options = {} } = deps;
  const startedMs = time.monotonic();
  const stopping = new AbortController();
  const feed = createObjectFeed({ kv, time, logger }, { historySize: options.historySize });
  const store = createObjectStore(kv, feed, time);
  const rbac = createRbac(feed);
  const authorizer = createUnionAuthorizer([mastersAuthorizer, createNodeAuthorizer(feed), rbac]);
  const serviceCidr = options.serviceCidr ?? '10.96.0.0/12';
  const nodePorts = options.nodePorts ?? { from: 30000, to: 32767 };
  const plugins = [...builtinAdmission({ store, random, rbac, authorizer }), ...(options.admission ?? [])];
  const registry = createRegistry({
    store,
    time,
    random,
    admission: createAdmission(plugins),
    allocations: { services: createServiceAllocator({ feed, random }, { serviceCidr, nodePorts }) },
    fields: createFieldTracker(types),
  });
  const issuer = auth.issuer ?? defaultIssuer;
  const { signer } = auth;
  const tokens =
    signer &&
    createServiceAccountTokens({ signer, store, time, random }, { issuer, audiences: auth.audiences ?? [issuer] });
  const core: ServerCore = {
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
  const endpoints = createEndpointTable(builtinEndpoints(core));
  const groupVersions = groupVersionsOf(endpoints.all);
  const counters = new Map<string, number>();
  const state = { bootstrapped: false };
  const openApi = createOpenApiPaths({ types, version: kubernetesVersion, groupVersions });
  const version = versionInfo(options);
  const paths = createServerPaths({
    health: healthChecks(
      () => feed.ready,
      () => state.bootstrapped,
      kv,
    ),
    version,
    others: new Map<string, () => HttpResponse>([
      [
        '/',
        () =>
          respondJson({
            paths: [
              '/api',
              '/apis',
              '/healthz',
              '/livez',
              '/metrics',
              '/openapi/v2',
              '/openapi/v3',
              '/readyz',
              '/version',
            ],
          }),
      ],
      [
        '/metrics',
        () =>
          respondText(
            200,
            metricsText(time, startedMs, counters, { apiserver_storage_revision: feed.revision }),
            'text/plain; version=0.0.4',
          ),
      ],
      ...issuerPaths(issuer, signer),
    ]),
    dynamic: [openApi],
  });
  const handler = createPipeline({
    authenticate: authenticatorOf(auth, tokens?.authenticator),
    authorizer,
    whenReady: () => feed.whenReady(),
    discovery: createDiscoveryPaths(types, () => groupVersions),
    paths,
    endpointOf: endpoints.find,
    types,
    time,
    random,
    logger,
    observe({ verb, resource }, status) {
      const labels = `verb="${verb}",resource="${resource}",code="${status}"`;
      counters.set(labels, (counters.get(labels) ?? 0) + 1);
    },
  });
  const work = { registry, kinds, time, logger, signal: stopping.signal, kv };
  const started = feed.whenReady().then(async () => {
    await bootstrap(work, { serviceCidr, securePort: options.advertise?.port ?? 6443 });
    state.bootstrapped = true;
    void keepCompacting(work);
    if (options.advertise) await keepMemberEndpoints(work, options.advertise);
  });
  started.catch((error) => logger.log('error', 'start-up failed', { error: String(error) }));
  return {
    handler,
    ready: () => feed.ready && state.bootstrapped && !stopping.signal.aborted,
    async stop() {
      stopping.abort();
      if (options.advertise) await removeMember(kv, options.advertise).catch(() => undefined);
      feed.stop();
    },
  };
}

function authenticatorOf(
  auth: ApiServerAuth,
  tokens: Authenticator | undefined,
): ReturnType<typeof createUnionAuthenticator>['authenticate'] {
  const authenticators = [
    certificateAuthenticator,
    ...(tokens ? [tokens] : []),
    ...(auth.staticTokens ? [createStaticTokenAuthenticator(auth.staticTokens)] : []),
    ...(auth.authenticators ?? []),
  ];
  const union = createUnionAuthenticator(authenticators, { anonymous: auth.anonymous ?? true });
  return (request, peer) => union.authenticate(request, peer);
}

function versionInfo({ build = {} }: ApiServerOptions): Readonly<Record<string, string>> {
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: kubernetesVersion,
    gitCommit: build.gitCommit ?? '',
    gitTreeState: build.gitTreeState ?? 'clean',
    buildDate: build.buildDate ?? '1970-01-01T00:00:00Z',
    goVersion: 'none (trireme, in TypeScript)',
    compiler: 'trireme',
    platform: 'linux/amd64',
  };
}

function healthChecks(
  synced: () => boolean,
  bootstrapped: () => boolean,
  kv: Kv,
): Parameters<typeof createServerPaths>[0]['health'] {
  const ping = { name: 'ping', check: () => undefined };
  const storage = {
    name: 'etcd',
    async check() {
      try {
        const { leaderId } = await kv.status();
        return leaderId === 0n ? 'the store has no leader' : undefined;
      } catch (error) {
        return String(error);
      }
    },
  };
  const caches = { name: 'informer-sync', check: () => (synced() ? undefined : 'the caches are not filled yet') };
  const started = {
    name: 'poststarthook/bootstrap',
    check: () => (bootstrapped() ? undefined : 'what every cluster has is not all there yet'),
  };
  return { healthz: [ping, storage], livez: [ping, storage], readyz: [ping, storage, caches, started] };
}

function issuerPaths(issuer: string, signer: TokenSigner | undefined): readonly [string, () => HttpResponse][] {
  if (!signer) return [];
  const keys = '/openid/v1/jwks';
  const configuration = {
    issuer,
    jwks_uri: `${issuer}${keys}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  return [
    ['/.well-known/openid-configuration', () => respondJson(configuration)],
    [keys, () => respondJson({ keys: signer.publicKeys() }, 'application/jwk-set+json')],
  ];
}
