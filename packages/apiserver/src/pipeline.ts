import { StatusError, statusErrors } from '@trireme/api-machinery';
import { createDeferred, hasCode } from '@trireme/base';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Logger,
  type Peer,
  type Random,
  randomUuid,
  type Time,
} from '@trireme/ports';
import type { TypeTable } from '@trireme/schema';
import { impersonate } from './auth/impersonation.ts';
import type { UserInfo } from './auth/user-info.ts';
import { type Authorizer, attributesOf, demand } from './authz/authorizer.ts';
import type { DiscoveryPaths } from './discovery/discovery-paths.ts';
import type { ServerPaths } from './discovery/server-paths.ts';
import type { Endpoint } from './handlers/endpoint.ts';
import type { RequestContext } from './request/context.ts';
import { negotiateOutput, type Output } from './request/negotiate.ts';
import { parseRequestInfo, type RequestInfo } from './request/request-info.ts';
import { respondStatus, respondText } from './request/respond.ts';
import { statusOfKvError } from './store/object-store.ts';

export interface PipelineDeps {
  readonly authenticate: (request: HttpRequest, peer: Peer) => Promise<UserInfo>;
  readonly authorizer: Authorizer;
  /** Resolves when requests can be judged and served: the caches are filled. */
  readonly whenReady: () => Promise<void>;
  readonly discovery: DiscoveryPaths;
  readonly paths: ServerPaths;
  readonly endpointOf: (info: RequestInfo) => Endpoint | undefined;
  readonly types: TypeTable;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
  /** Told of every answer. */
  readonly observe: (info: RequestInfo, status: number) => void;
}

const requestTimeoutMs = 60_000;
/** Their first byte may take as long as a container takes. */
const patientSubresources = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** The way of every request: who is it, may they, and who answers. Whatever fails on it becomes a Status. */
export function createPipeline(deps: PipelineDeps): HttpHandler {
  return async (request, peer) => {
    const url = splitPath(request.path);
    const info = parseRequestInfo(request.method, url.path, url.query);
    let output: Output | undefined;
    const warnings: string[] = [];
    const work = async (): Promise<HttpResponse> => {
      const user = await identify(deps, info, request, peer);
      demand(deps.authorizer, attributesOf(info, user));
      output = negotiate(request, url.query, info);
      const nowMs = deps.time.now();
      return await route(deps, { request, peer, query: url.query, info, user, output, warnings, nowMs });
    };
    let response: HttpResponse;
    try {
      response = patientSubresources.has(info.subresource) ? await work() : await withTimeout(deps.time, work());
    } catch (error) {
      response = failure(deps, error, info, output, warnings);
    }
    deps.observe(info, response.status);
    return { ...response, headers: { 'audit-id': randomUuid(deps.random), ...response.headers } };
  };
}

function splitPath(text: string): { readonly path: string; readonly query: URLSearchParams } {
  const at = text.indexOf('?');
  if (at < 0) return { path: text, query: new URLSearchParams() };
  return { path: text.slice(0, at), query: new URLSearchParams(text.slice(at + 1)) };
}

const healthPath = /^\/(healthz|livez|readyz)(\/|$)/;

async function identify(deps: PipelineDeps, info: RequestInfo, request: HttpRequest, peer: Peer): Promise<UserInfo> {
  // Health is asked for before there is anything to judge by; everyone may know it, as upstream's default roles say.
  if (!healthPath.test(info.path)) await deps.whenReady();
  const user = await deps.authenticate(request, peer);
  return impersonate(request.headers, user, deps.authorizer);
}

function negotiate(request: HttpRequest, query: URLSearchParams, info: RequestInfo): Output {
  try {
    return negotiateOutput(request.headers.accept, query, request.headers['user-agent']);
  } catch (error) {
    // What is no object (logs, health, OpenAPI) says its own type, whatever was asked for.
    if (info.isResource && !patientSubresources.has(info.subresource)) throw error;
    return { form: 'json', as: 'object', pretty: false };
  }
}

async function route(deps: PipelineDeps, context: RequestContext): Promise<HttpResponse> {
  const { info } = context;
  if (info.isResource) {
    const endpoint = deps.endpointOf(info);
    if (!endpoint) throw statusErrors.unknownResource();
    if (endpoint.namespaced && info.namespace === '' && !servedAcrossNamespaces.has(info.verb)) {
      throw statusErrors.unknownResource();
    }
    if (!endpoint.namespaced && info.namespace !== '' && info.resource !== 'namespaces')
      throw statusErrors.unknownResource();
    return await endpoint.handle(context);
  }
  const found = deps.discovery.serve(context) ?? (await deps.paths.serve(info.path, context.query, context.request));
  return found ?? respondText(404, '404 page not found\n');
}

const servedAcrossNamespaces = new Set(['list', 'watch']);

async function withTimeout(time: Time, work: Promise<HttpResponse>): Promise<HttpResponse> {
  const late = createDeferred<never>();
  const timer = time.after(requestTimeoutMs, () => {
    late.reject(statusErrors.timeout('request did not complete within the allotted timeout'));
  });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}

function failure(
  deps: PipelineDeps,
  error: unknown,
  info: RequestInfo,
  output: Output | undefined,
  warnings: readonly string[],
): HttpResponse {
  const known = error instanceof StatusError ? error : statusOfKvError(error);
  const shown = { types: deps.types, warnings, ...(output && { output: { ...output, as: 'object' as const } }) };
  if (known instanceof StatusError) return respondStatus(shown, known.status);
  if (!hasCode(error, 'connection-gone')) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    deps.logger.log('error', 'request failed', { verb: info.verb, path: info.path, error: detail });
  }
  // What went wrong inside is for the log: the client is told that it was not its fault.
  return respondStatus(
    shown,
    statusErrors.internalError('an error on the server prevented the request from succeeding').status,
  );
}
