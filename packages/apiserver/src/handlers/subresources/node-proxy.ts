import { statusErrors } from '@trireme/api-machinery';
import { emptyBytes, fromUtf8, messageOf } from '@trireme/base';
import { type ByteStream, type Headers, type HttpResponse, readBody } from '@trireme/ports';
import { pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { RequestContext } from '../../request/context.ts';
import { isTrue } from '../../request/request-info.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';

/** What the kubelet of a pod's node does: logs, exec, attach, port-forward. The server only finds it and passes bytes on. */
export function nodeProxyEndpoints(core: ServerCore): readonly Endpoint[] {
  const connect = ['create', 'get'];
  return [
    endpoint('log', 'Pod', ['get'], (context) => logs(core, context)),
    endpoint('exec', 'PodExecOptions', connect, (context) => stream(core, context, 'exec')),
    endpoint('attach', 'PodAttachOptions', connect, (context) => stream(core, context, 'attach')),
    endpoint('portforward', 'PodPortForwardOptions', connect, (context) => portForward(core, context)),
  ];
}

function endpoint(subresource: string, kind: string, verbs: readonly string[], handle: Endpoint['handle']): Endpoint {
  return {
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource,
    gvk: { group: '', version: 'v1', kind },
    namespaced: true,
    verbs,
    handle(context) {
      if (!verbs.includes(context.info.verb)) throw statusErrors.methodNotSupported(pods, context.info.verb);
      return handle(context);
    },
  };
}

async function podOf(core: ServerCore, { info }: RequestContext): Promise<Pod> {
  const stored = await core.store.read(pods, info.namespace, info.name);
  if (!stored) throw statusErrors.notFound(pods, info.name);
  return stored.object as Pod;
}

/** The container that is meant: the one named, or the only one. */
function containerOf(pod: Pod, asked: string | null): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const name = pod.metadata.name;
  if (asked) {
    const known = [...containers, ...initContainers, ...ephemeralContainers].some((one) => one.name === asked);
    if (!known) throw statusErrors.badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const first = containers[0];
  if (containers.length === 1 && first) return first.name;
  const choice = `choose one of: [${containers.map((one) => one.name).join(' ')}]`;
  const init =
    initContainers.length > 0
      ? ` or one of the init containers: [${initContainers.map((one) => one.name).join(' ')}]`
      : '';
  throw statusErrors.badRequest(`a container name must be specified for pod ${name}, ${choice}${init}`);
}

const logParameters = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
];

async function logs(core: ServerCore, context: RequestContext): Promise<HttpResponse> {
  const pod = await podOf(core, context);
  const container = containerOf(pod, context.query.get('container'));
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' };
  // Nothing can have been written before there is a node.
  if (!pod.spec.nodeName) return { status: 200, headers, body: emptyBytes };
  const query = new URLSearchParams();
  for (const name of logParameters) {
    const value = context.query.get(name);
    if (value !== null) query.set(name, value);
  }
  const { namespace, name } = context.info;
  const path = `/containerLogs/${namespace}/${name}/${container}?${query}`;
  const response = await ask(core, context, pod, { method: 'GET', path, headers: {} });
  if (response.status !== 200) throw await kubeletError(response);
  return { status: 200, headers, body: response.body };
}

async function stream(core: ServerCore, context: RequestContext, what: 'exec' | 'attach'): Promise<HttpResponse> {
  const pod = await podOf(core, context);
  const container = containerOf(pod, context.query.get('container'));
  const { namespace, name } = context.info;
  const asked = context.query;
  const query = new URLSearchParams();
  for (const word of asked.getAll('command')) query.append('command', word);
  const renamed = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };
  for (const [from, to] of Object.entries(renamed)) if (isTrue(asked.get(from))) query.set(to, '1');
  return await upgrade(core, context, pod, `/${what}/${namespace}/${name}/${container}?${query}`);
}

async function portForward(core: ServerCore, context: RequestContext): Promise<HttpResponse> {
  const pod = await podOf(core, context);
  const { namespace, name } = context.info;
  const query = new URLSearchParams();
  const ports = context.query.getAll('ports');
  if (ports.length > 0) query.set('port', ports.join(','));
  const suffix = query.size > 0 ? `?${query}` : '';
  return await upgrade(core, context, pod, `/portForward/${namespace}/${name}${suffix}`);
}

/** Headers that belong to the upgrade itself; the rest (credentials first of all) stays here. */
function upgradeHeaders(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(
    ([name]) =>
      name === 'connection' || name === 'upgrade' || name.startsWith('sec-websocket-') || name.startsWith('x-stream-'),
  );
  return Object.fromEntries(kept);
}

async function upgrade(core: ServerCore, context: RequestContext, pod: Pod, path: string): Promise<HttpResponse> {
  const { request } = context;
  if (!pod.spec.nodeName) throw statusErrors.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (!request.headers.upgrade) throw statusErrors.badRequest('Upgrade request required');
  const forwarded = { method: request.method, path, headers: upgradeHeaders(request.headers) };
  const response = await ask(core, context, pod, forwarded);
  const far = response.stream;
  if (response.status !== 101 || !far) {
    const body = (await readBody(response.body, 64 * 1024)) ?? emptyBytes;
    return {
      status: response.status,
      headers: { 'content-type': response.headers['content-type'] ?? 'text/plain' },
      body,
    };
  }
  const headers = { ...upgradeHeaders(response.headers), connection: 'Upgrade' };
  return { status: 101, headers, body: emptyBytes, onUpgrade: (near) => joinStreams(near, far) };
}

async function ask(
  core: ServerCore,
  context: RequestContext,
  pod: Pod,
  request: { readonly method: string; readonly path: string; readonly headers: Headers },
): Promise<HttpResponse> {
  const nodeName = pod.spec.nodeName ?? '';
  if (!core.dialNode) throw statusErrors.internalError('this server has no way to reach nodes');
  try {
    const node = await core.dialNode(nodeName);
    return await node.request({ ...request, signal: context.request.signal });
  } catch (error) {
    throw statusErrors.internalError(`error dialing backend: ${messageOf(error)}`);
  }
}

async function kubeletError(response: HttpResponse): Promise<Error> {
  const text = fromUtf8((await readBody(response.body, 64 * 1024)) ?? emptyBytes).trim();
  if (response.status === 404) return statusErrors.badRequest(text || 'the kubelet does not know the container');
  if (response.status === 400) return statusErrors.badRequest(text);
  return statusErrors.internalError(text || `the kubelet answered ${response.status}`);
}

/** Passes bytes both ways until both sides have ended, or one is gone. */
function joinStreams(near: ByteStream, far: ByteStream): void {
  const pass = async (from: ByteStream, to: ByteStream): Promise<void> => {
    try {
      for await (const bytes of from.incoming) await to.write(bytes);
      to.end();
    } catch {
      from.destroy();
      to.destroy();
    }
  };
  void pass(near, far);
  void pass(far, near);
}
