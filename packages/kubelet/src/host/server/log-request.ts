import { parseTime } from '@trireme/api-machinery';
import type { HttpRequest, HttpResponse } from '@trireme/ports';
import { findContainer } from '../../identity.ts';
import type { ObservedContainer } from '../../observed.ts';
import { podLogDirectory } from '../../pod-paths.ts';
import type { KubeletContext } from '../kubelet-context.ts';
import type { PodWorker } from '../pod-worker.ts';
import { streamLog } from './container-log.ts';
import { HttpRefusal, integer, isTrue } from './http-answers.ts';

/** GET /containerLogs/{namespace}/{pod}/{container} */
export async function answerLogs(
  context: KubeletContext,
  worker: PodWorker,
  container: string,
  query: URLSearchParams,
  request: HttpRequest,
): Promise<HttpResponse> {
  const instance = await instanceOf(context, worker, container, isTrue(query, 'previous'));
  const options = {
    follow: isTrue(query, 'follow'),
    tailLines: integer(query, 'tailLines', 0),
    timestamps: isTrue(query, 'timestamps'),
    limitBytes: integer(query, 'limitBytes', 1),
    sinceMs: sinceOf(query, context.deps.time.now()),
  };
  const path = instance.logPath.startsWith('/')
    ? instance.logPath
    : `${podLogDirectory(context.settings, worker.pod)}/${instance.logPath}`;
  const isRunning = async (): Promise<boolean> => {
    const observed = await context.view.known(worker.uid);
    return observed?.containers.find(({ id }) => id === instance.id)?.state === 'running';
  };
  const body = streamLog(context.deps, { path, isRunning }, options, request.signal);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

function sinceOf(query: URLSearchParams, nowMs: number): number | undefined {
  const seconds = integer(query, 'sinceSeconds', 1);
  if (seconds !== undefined) return nowMs - seconds * 1000;
  const text = query.get('sinceTime');
  if (!text) return undefined;
  const ms = parseTime(text);
  if (ms === undefined) throw new HttpRefusal(400, `invalid value for sinceTime: "${text}"`);
  return ms;
}

async function instanceOf(
  context: KubeletContext,
  worker: PodWorker,
  name: string,
  previous: boolean,
): Promise<ObservedContainer> {
  const pod = worker.pod.metadata.name;
  if (!findContainer(worker.pod, name)) throw new HttpRefusal(404, `container ${name} not found in pod ${pod}`);
  const observed = await context.view.observe(worker.uid);
  const instances = (observed?.containers ?? []).filter((container) => container.name === name);
  const [latest] = instances;
  if (!previous && latest && latest.state !== 'created') return latest;
  const ended = instances.filter((instance) => instance.state === 'exited');
  // Of a container that waits to be started again, the instance that ended last is the previous one.
  const [last] = latest?.state === 'running' || latest?.state === 'created' ? ended : ended.slice(1);
  if (last) return last;
  if (previous) throw new HttpRefusal(400, `previous terminated container "${name}" in pod "${pod}" not found`);
  throw new HttpRefusal(400, `container "${name}" in pod "${pod}" is waiting to start: ${waitingText(worker, name)}`);
}

function waitingText(worker: PodWorker, name: string): string {
  const statuses = [...(worker.status?.containerStatuses ?? []), ...(worker.status?.initContainerStatuses ?? [])];
  const reason = statuses.find((status) => status.name === name)?.state?.waiting?.reason ?? 'ContainerCreating';
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}
