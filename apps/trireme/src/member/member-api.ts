import { timingSafeEqual } from 'node:crypto';
import { fromUtf8, messageOf, utf8 } from '@trireme/base';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Logger,
  type Peer,
  readBody,
} from '@trireme/ports';
import type { MemberReport } from '../commands/status/cluster-status.ts';
import type {
  AgentJoinAnswer,
  AgentJoinRequest,
  ClusterNetwork,
  ServerJoinAnswer,
  ServerJoinRequest,
} from '../join/messages.ts';
import { certificateDays } from './certificates.ts';
import type { ClusterSecrets } from './secrets.ts';

/**
 * What a member serves beside the Kubernetes API, under /trireme/v1: its status, and the way in for machines that join with
 * a token.
 */
export interface MemberApiDeps {
  readonly clusterName: string;
  readonly secrets: ClusterSecrets;
  readonly network: ClusterNetwork;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Where agents find the API from now on. */
  readonly endpoints: readonly string[];
  report(): Promise<MemberReport>;
  /** Takes a new member into the store and says who it is. */
  addMember(request: ServerJoinRequest): Promise<Pick<ServerJoinAnswer, 'memberId' | 'clusterName' | 'peers'>>;
}

const bodyLimitBytes = 64 * 1024;
const prefix = '/trireme/v1/';

/** Serves /trireme/v1 itself and leaves all else to `next`. */
export function withMemberApi(deps: MemberApiDeps, next: HttpHandler): HttpHandler {
  return async (request, peer) => {
    if (!request.path.startsWith(prefix)) return next(request, peer);
    try {
      return await route(deps, request, peer);
    } catch (error) {
      deps.logger.log('warn', 'member API request failed', { path: request.path, error });
      return text(error instanceof BadRequest ? 400 : 503, messageOf(error));
    }
  };
}

class BadRequest extends Error {}

async function route(deps: MemberApiDeps, request: HttpRequest, peer: Peer): Promise<HttpResponse> {
  switch (`${request.method} ${request.path}`) {
    case `GET ${prefix}ca`:
      return text(200, deps.secrets.ca.certificatePem);
    case `GET ${prefix}status`:
      if (!peer.certificate?.organizations.includes('system:masters'))
        return text(403, 'the status is for administrators');
      return json(await deps.report());
    case `POST ${prefix}join/agent`:
      if (!bears(request, deps.secrets.agentSecret)) return text(401, wrongToken('agent'));
      return json(await agentAnswer(deps, await readJson<AgentJoinRequest>(request)));
    case `POST ${prefix}join/server`: {
      if (!bears(request, deps.secrets.serverSecret)) return text(401, wrongToken('server'));
      const added = await deps.addMember(checkServerRequest(await readJson<ServerJoinRequest>(request)));
      return json({ ...added, secrets: deps.secrets, network: deps.network } satisfies ServerJoinAnswer);
    }
    default:
      return text(404, `no ${request.method} ${request.path}`);
  }
}

function checkServerRequest(request: ServerJoinRequest): ServerJoinRequest {
  const { memberId, name, peerUrl } = request;
  if (!/^[1-9]\d{0,15}$/.test(memberId) || Number(memberId) > Number.MAX_SAFE_INTEGER)
    throw new BadRequest(`join: "${memberId}" cannot be a member's id: it is a number from 1 to 2^53 - 1`);
  if (typeof name !== 'string' || !URL.canParse(peerUrl))
    throw new BadRequest('join: a member has a name, and a URL where the others reach it');
  return request;
}

function wrongToken(role: string): string {
  return `this is not the token for a${role === 'agent' ? 'n' : ''} ${role}. Print the right one on a member with: ./trireme token`;
}

function bears(request: HttpRequest, secret: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Signs what an agent needs, for the subjects that its node's name allows and no other. */
async function agentAnswer(deps: MemberApiDeps, request: AgentJoinRequest): Promise<AgentJoinAnswer> {
  const { nodeName, addresses } = request;
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(nodeName)) {
    throw new BadRequest(
      `join: "${nodeName}" cannot be a node's name: lower case letters, digits, dashes and dots are allowed`,
    );
  }
  // Loaded only now: machines join rarely, and the library is large.
  const { certify, readSigningRequest } = await import('@trireme/pki');
  const sign = (pem: string, commonName: string, organization: string, usage: 'client' | 'server'): string => {
    const asked = readSigningRequest(pem);
    return certify(deps.secrets.ca, asked.publicKeyPem, {
      subject: { commonName, organizations: [organization] },
      usages: [usage],
      ...(usage === 'server' ? { names: { dns: [nodeName, 'localhost'], ips: [...addresses, '127.0.0.1'] } } : {}),
      validDays: certificateDays,
      nowMs: deps.nowMs(),
    });
  };
  return {
    clusterName: deps.clusterName,
    kubeletClient: sign(request.kubeletClient, `system:node:${nodeName}`, 'system:nodes', 'client'),
    kubeletServing: sign(request.kubeletServing, `system:node:${nodeName}`, 'system:nodes', 'server'),
    proxyClient: sign(request.proxyClient, 'system:kube-proxy', 'system:node-proxier', 'client'),
    caPem: deps.secrets.ca.certificatePem,
    network: deps.network,
    endpoints: deps.endpoints,
  };
}

async function readJson<T extends object>(request: HttpRequest): Promise<T> {
  const body = await readBody(request.body, bodyLimitBytes);
  if (!body) throw new BadRequest(`the request is larger than ${bodyLimitBytes} bytes`);
  try {
    const value: unknown = JSON.parse(fromUtf8(body));
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Falls through to the one answer for everything that is no JSON object.
  }
  throw new BadRequest('the request is not a JSON object');
}

function json(value: object): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: utf8(JSON.stringify(value)) };
}

function text(status: number, message: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: utf8(`${message}\n`) };
}
