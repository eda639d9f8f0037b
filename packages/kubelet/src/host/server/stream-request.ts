import type { HttpRequest, HttpResponse, StreamRequest } from '@trireme/ports';
import { latestContainer } from '../../observed.ts';
import type { KubeletContext } from '../kubelet-context.ts';
import type { PodWorker } from '../pod-worker.ts';
import { HttpRefusal, isTrue } from './http-answers.ts';

export type StreamKind = 'exec' | 'attach' | 'portForward';

/** Exec, attach and port-forward: the client's upgrade goes through to the runtime. */
export async function answerStream(
  context: KubeletContext,
  worker: PodWorker,
  kind: StreamKind,
  container: string | undefined,
  query: URLSearchParams,
  request: HttpRequest,
): Promise<HttpResponse> {
  const stream = await streamRequest(context, worker, kind, container, query);
  return context.deps.runtime.stream(stream, request);
}

async function streamRequest(
  context: KubeletContext,
  worker: PodWorker,
  kind: StreamKind,
  container: string | undefined,
  query: URLSearchParams,
): Promise<StreamRequest> {
  const { name } = worker.pod.metadata;
  const observed = await context.view.observe(worker.uid);
  if (kind === 'portForward') {
    const sandbox = observed?.sandboxes.find(({ ready }) => ready);
    if (!sandbox) throw new HttpRefusal(404, `pod ${name} has no running sandbox`);
    const ports = query.getAll('port').flatMap((text) => text.split(','));
    if (!ports.every((port) => /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) {
      throw new HttpRefusal(400, `invalid ports: ${ports.join(',')}`);
    }
    return { kind: 'port-forward', sandboxId: sandbox.id, ports: ports.map(Number) };
  }
  const target = observed && latestContainer(observed, container ?? '');
  if (target?.state !== 'running') throw new HttpRefusal(404, `container not found ("${container}")`);
  const streams = {
    stdin: isTrue(query, 'input', 'stdin'),
    stdout: isTrue(query, 'output', 'stdout'),
    stderr: isTrue(query, 'error', 'stderr'),
    tty: isTrue(query, 'tty'),
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw new HttpRefusal(400, 'you must specify at least 1 of stdin, stdout, stderr');
  }
  // A terminal has one output.
  const asked = { ...streams, stderr: streams.stderr && !streams.tty };
  if (kind === 'attach') return { kind, containerId: target.id, ...asked };
  return { kind, containerId: target.id, command: query.getAll('command'), ...asked };
}
