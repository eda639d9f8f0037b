import { messageOf } from '@trireme/base';
import type { HttpResponse } from '@trireme/ports';
import type { ApiServer, ApiServerAuth, ApiServerDeps } from './api-server.ts';
import { kubernetesVersion } from './api-server.ts';
import { type Authenticator, createUnionAuthenticator } from './auth/authenticator.ts';
import { certificateAuthenticator } from './auth/certificate-authenticator.ts';
import { createStaticTokenAuthenticator } from './auth/static-tokens.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { keepMemberEndpoints, removeMember } from './bootstrap/member-endpoints.ts';
import { composeCore, issuerOf, serviceRanges } from './compose-core.ts';
import { createDiscoveryPaths } from './discovery/discovery-paths.ts';
import { createOpenApiPaths } from './discovery/open-api-paths.ts';
import { healthChecks, issuerPaths, versionInfo } from './discovery/own-paths.ts';
import { type GroupVersion, groupVersionsOf } from './discovery/resource-lists.ts';
import { createServerPaths, metricsText, type ServerPaths } from './discovery/server-paths.ts';
import { builtinEndpoints, createEndpointTable } from './handlers/builtin-endpoints.ts';
import { createPipeline } from './pipeline.ts';
import { respondJson, respondText } from './request/respond.ts';
import type { ServerCore } from './server-core.ts';
import { keepCompacting } from './store/compactor.ts';

interface ServerState {
  readonly startedMs: number;
  bootstrapped: boolean;
  /** Requests answered, by verb, resource and code. */
  readonly counters: Map<string, number>;
}

/** A whole API server as a function on requests. It starts to fill its caches at once. */
export function createApiServer(deps: ApiServerDeps): ApiServer {
  const { time, random, logger, types, auth, options = {} } = deps;
  const core = composeCore(deps);
  const state: ServerState = { startedMs: time.monotonic(), bootstrapped: false, counters: new Map() };
  const endpoints = createEndpointTable(builtinEndpoints(core));
  const groupVersions = groupVersionsOf(endpoints.all);
  const handler = createPipeline({
    authenticate: authenticatorOf(auth, core.tokens?.authenticator),
    authorizer: core.authorizer,
    whenReady: () => core.feed.whenReady(),
    discovery: createDiscoveryPaths(types, () => groupVersions),
    paths: ownPaths(deps, core, state, groupVersions),
    endpointOf: endpoints.find,
    types,
    time,
    random,
    logger,
    observe(info, status) {
      // Only what is served gets a line of its own: paths are the client's text, and there is no end to them.
      const resource = endpoints.find(info) ? info.resource : '';
      const verb = resource === '' ? '' : info.verb;
      const labels = `verb="${verb}",resource="${resource}",code="${status}"`;
      state.counters.set(labels, (state.counters.get(labels) ?? 0) + 1);
    },
  });
  const stopping = new AbortController();
  start(deps, core, state, stopping.signal).catch((error) => {
    logger.log('error', 'start-up failed', { error: messageOf(error) });
  });
  return {
    handler,
    ready: () => core.feed.ready && state.bootstrapped && !stopping.signal.aborted,
    async stop() {
      stopping.abort();
      if (options.advertise) await removeMember(core.kv, core.time, options.advertise).catch(() => undefined);
      core.feed.stop();
    },
  };
}

/** What a server does by itself: makes what every cluster has, keeps its own endpoint, and lets old history go. */
async function start(deps: ApiServerDeps, core: ServerCore, state: ServerState, signal: AbortSignal): Promise<void> {
  const { registry, kinds, time, logger, kv, feed } = core;
  const work = { registry, kinds, time, logger, kv, signal };
  const { advertise } = deps.options ?? {};
  await feed.whenReady();
  await bootstrap(work, { serviceCidr: serviceRanges(deps).serviceCidr, securePort: advertise?.port ?? 6443 });
  state.bootstrapped = true;
  await Promise.all([keepCompacting(work), advertise && keepMemberEndpoints(work, advertise)]);
}

const rootPaths = [
  '/api',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
];

function ownPaths(
  deps: ApiServerDeps,
  core: ServerCore,
  state: ServerState,
  groupVersions: readonly GroupVersion[],
): ServerPaths {
  const { feed, time, types, kv } = core;
  const metrics = (): HttpResponse => {
    const text = metricsText(time, state.startedMs, state.counters, { apiserver_storage_revision: feed.revision });
    return respondText(200, text, 'text/plain; version=0.0.4');
  };
  const others: readonly [string, () => HttpResponse][] = [
    ['/', () => respondJson({ paths: rootPaths })],
    ['/metrics', metrics],
    ...issuerPaths(issuerOf(deps), deps.auth.signer),
  ];
  return createServerPaths({
    health: healthChecks(
      () => feed.ready,
      () => state.bootstrapped,
      kv,
    ),
    version: versionInfo(deps.options ?? {}),
    others: new Map(others),
    dynamic: [
      createOpenApiPaths({ types, version: kubernetesVersion, groupVersions, describe: deps.options?.describe }),
    ],
  });
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
