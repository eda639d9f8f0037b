import { hasCode, messageOf } from '@trireme/base';
import type { HttpHandler, HttpRequest, HttpResponse, Peer } from '@trireme/ports';
import type { KubeletContext } from '../kubelet-context.ts';
import type { PodManager } from '../pod-manager.ts';
import type { PodWorker } from '../pod-worker.ts';
import { HttpRefusal, jsonAnswer, parsePath, textAnswer } from './http-answers.ts';
import { answerLogs } from './log-request.ts';
import { metricsText, statsSummary } from './node-summary.ts';
import { answerStream, type StreamKind } from './stream-request.ts';

export interface Allowed {
  readonly names: readonly string[];
  readonly organizations: readonly string[];
}

/** The kubelet's API, as the apiserver and `kubectl logs`, `exec` and `port-forward` through it use it. */
export function createKubeletHandler(context: KubeletContext, pods: PodManager, allowed: Allowed): HttpHandler {
  return async (request, peer) => {
    const refusal = refuse(peer, allowed, request);
    if (refusal) return refusal;
    try {
      return await route(context, pods, request);
    } catch (error) {
      if (error instanceof HttpRefusal) return textAnswer(error.status, `${error.message}\n`);
      const status = hasCode(error, 'not-found') ? 404 : 500;
      return textAnswer(status, `${messageOf(error)}\n`);
    }
  };
}

function refuse({ certificate }: Peer, allowed: Allowed, request: HttpRequest): HttpResponse | undefined {
  if (!certificate) return textAnswer(401, 'Unauthorized\n');
  const { commonName, organizations } = certificate;
  const known =
    allowed.names.includes(commonName) || organizations.some((name) => allowed.organizations.includes(name));
  if (known) return undefined;
  const verb = request.method === 'GET' ? 'get' : 'create';
  return textAnswer(403, `Forbidden (user=${commonName}, verb=${verb}, resource=nodes, subresource=proxy)\n`);
}

async function route(context: KubeletContext, pods: PodManager, request: HttpRequest): Promise<HttpResponse> {
  const { segments, query } = parsePath(request);
  const [root, ...rest] = segments;
  switch (root) {
    case 'healthz':
      return textAnswer(200, 'ok');
    case 'pods':
      return jsonAnswer({ apiVersion: 'v1', kind: 'PodList', metadata: {}, items: pods.list().map(podOf) });
    case 'metrics':
      return textAnswer(200, metricsText(context, pods.list()));
    case 'stats':
      return jsonAnswer(await statsSummary(context, pods.list()));
    case 'containerLogs': {
      const [namespace = '', name = '', container = ''] = rest;
      return answerLogs(context, findPod(pods, namespace, name), container, query, request);
    }
    case 'exec':
    case 'attach':
    case 'portForward':
      return stream(context, pods, root, rest, query, request);
    default:
      return textAnswer(404, '404 page not found\n');
  }
}

/** /exec/{namespace}/{pod}/{container}, with the pod's uid before the container where it is given. */
function stream(
  context: KubeletContext,
  pods: PodManager,
  kind: StreamKind,
  rest: readonly string[],
  query: URLSearchParams,
  request: HttpRequest,
): Promise<HttpResponse> {
  const [namespace = '', name = '', ...more] = rest;
  const container = kind === 'portForward' ? undefined : more.at(-1);
  const uid = kind === 'portForward' ? more[0] : more.length > 1 ? more[0] : undefined;
  return answerStream(context, findPod(pods, namespace, name, uid), kind, container, query, request);
}

function findPod(pods: PodManager, namespace: string, name: string, uid?: string): PodWorker {
  const worker = pods.find(namespace, name, uid);
  if (!worker) throw new HttpRefusal(404, `pod "${name}" not found`);
  return worker;
}

function podOf(worker: PodWorker) {
  return worker.status ? { ...worker.pod, status: worker.status } : worker.pod;
}
