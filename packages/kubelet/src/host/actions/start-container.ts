import { messageOf, utf8 } from '@trireme/base';
import type { CancelSignal, ImageInfo, RuntimeMount } from '@trireme/ports';
import type { Container, Pod } from '@trireme/schema/types/core/v1';
import { containerConfig } from '../../container-config.ts';
import { environmentSourceNames, resolveEnvironment } from '../../environment.ts';
import { findContainer, podUid } from '../../identity.ts';
import { type PodMemory, withoutWaiting } from '../../memory.ts';
import { latestContainer, type ObservedPod } from '../../observed.ts';
import type { StartContainer } from '../../pod-action.ts';
import { hostsFile } from '../../pod-network-files.ts';
import { containerLogName, hostsFilePath, podLogDirectory, terminationMessagePath } from '../../pod-paths.ts';
import { sandboxConfig } from '../../sandbox-config.ts';
import { nonRootProblem } from '../../security-context.ts';
import { serviceEnvironment } from '../../service-environment.ts';
import { afterFailedPull, afterFailedStart } from '../../start-decision.ts';
import { ImageError } from '../image-puller.ts';
import { containerReference, downwardFacts, type KubeletContext } from '../kubelet-context.ts';
import { runHook } from './lifecycle-hook.ts';

export interface StartInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly action: StartContainer;
  readonly signal: CancelSignal;
}

export type Remember = (memory: PodMemory) => PodMemory;

/** A step of the start that failed: the reason that the status shows, and the event's text. */
interface Failure {
  readonly reason: string;
  readonly message: string;
}

const freshMs = 1000;

/** Image, configuration, container, start, hook. What goes wrong is remembered as the reason that the container waits. */
export async function startContainer(context: KubeletContext, input: StartInput): Promise<Remember> {
  const { pod, action, signal } = input;
  const container = findContainer(pod, action.name)?.container;
  if (!container) return (memory) => memory;
  const event = eventOf(context, pod, action.name);
  const nowMs = (): number => context.deps.time.now();
  let image: ImageInfo;
  try {
    image = await ensureImage(context, pod, container, event, signal);
  } catch (error) {
    if (signal.aborted) return (memory) => memory;
    if (!(error instanceof ImageError)) throw error;
    const { code, message } = error;
    event('Warning', 'Failed', `Error: ${code}`);
    const atMs = nowMs();
    if (code !== 'ErrImagePull') return (memory) => afterFailedStart(memory, action.name, code, message, atMs);
    return (memory) => afterFailedPull(memory, action.name, container.image ?? '', message, atMs);
  }
  if (signal.aborted) return (memory) => memory;
  const failure = await createAndStart(context, input, container, image, event);
  if (!failure) return (memory) => withoutWaiting(memory, action.name);
  event('Warning', failure.reason === 'PostStartHookError' ? 'FailedPostStartHook' : 'Failed', failureText(failure));
  const atMs = nowMs();
  return (memory) => afterFailedStart(memory, action.name, failure.reason, failure.message, atMs);
}

function failureText({ reason, message }: Failure): string {
  return reason === 'PostStartHookError' ? `PostStartHook failed: ${message}` : `Error: ${message}`;
}

type Event = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

function eventOf({ recorder }: KubeletContext, pod: Pod, container: string): Event {
  return (type, reason, message) => recorder.event(containerReference(pod, container), type, reason, message);
}

function ensureImage(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  event: Event,
  signal: CancelSignal,
): Promise<ImageInfo> {
  const readSecrets = async () => {
    const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
    const found = await context.objects.secrets(pod.metadata.namespace ?? '', names, freshMs);
    return [...found.values()];
  };
  return context.images.ensure(pod, container, readSecrets, event, signal);
}

async function createAndStart(
  context: KubeletContext,
  { pod, observed, action, signal }: StartInput,
  container: Container,
  image: ImageInfo,
  event: Event,
): Promise<Failure | undefined> {
  const { runtime } = context.deps;
  const prepared = await prepare(context, pod, action, container, image);
  if ('reason' in prepared) return prepared;
  const target = targetContainerId(pod, observed, action.name);
  const config = containerConfig(
    { pod, container, restartCount: action.restartCount, image, ...prepared, targetContainerId: target },
    context.settings,
  );
  const attempt = observed.sandboxes.find(({ id }) => id === action.sandboxId)?.attempt ?? 0;
  let id: string;
  try {
    id = await runtime.createContainer(action.sandboxId, config, sandboxConfig(pod, attempt, context.settings));
  } catch (error) {
    return { reason: 'CreateContainerError', message: messageOf(error) };
  }
  event('Normal', 'Created', `Created container: ${container.name}`);
  try {
    await runtime.startContainer(id);
  } catch (error) {
    return { reason: 'RunContainerError', message: messageOf(error) };
  }
  event('Normal', 'Started', `Started container ${container.name}`);
  const hook = container.lifecycle?.postStart;
  if (!hook) return undefined;
  const podIp = action.podIps[0] ?? '';
  const problem = await runHook(context, hook, { containerId: id, container, podIp }, hookTimeoutMs, signal);
  if (problem === undefined) return undefined;
  await runtime.stopContainer(id, pod.spec.terminationGracePeriodSeconds ?? 30);
  return { reason: 'PostStartHookError', message: problem };
}

/** A postStart hook has no limit of its own; this one keeps a lost one from holding the pod for ever. */
const hookTimeoutMs = 600_000;

interface Prepared {
  readonly variables: ReadonlyMap<string, string>;
  readonly mounts: readonly RuntimeMount[];
  readonly messagePath: string;
}

async function prepare(
  context: KubeletContext,
  pod: Pod,
  action: StartContainer,
  container: Container,
  image: ImageInfo,
): Promise<Prepared | Failure> {
  const refuse = (message: string): Failure => ({ reason: 'CreateContainerConfigError', message });
  const nonRoot = nonRootProblem(pod, container, image);
  if (nonRoot !== undefined) return refuse(nonRoot);
  try {
    const environment = await environmentOf(context, pod, container, action.podIps);
    if (environment.problem !== undefined) return refuse(environment.problem);
    const { variables } = environment;
    const own = await context.volumes.mountsOf(pod, container, variables);
    const messagePath = await makeFiles(context, pod, container, action);
    const managed: RuntimeMount[] = [
      mountOf(hostsFilePath(context.settings, podUid(pod)), '/etc/hosts'),
      mountOf(messagePath, container.terminationMessagePath ?? '/dev/termination-log'),
    ];
    const taken = new Set(own.map(({ containerPath }) => containerPath));
    return { variables, messagePath, mounts: [...own, ...managed.filter((mount) => !taken.has(mount.containerPath))] };
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function mountOf(hostPath: string, containerPath: string): RuntimeMount {
  return { hostPath, containerPath, readonly: false, propagation: 'private' };
}

async function environmentOf(context: KubeletContext, pod: Pod, container: Container, podIps: readonly string[]) {
  const namespace = pod.metadata.namespace ?? '';
  const names = environmentSourceNames(container);
  const [configMaps, secrets] = await Promise.all([
    context.objects.configMaps(namespace, names.configMaps, freshMs),
    context.objects.secrets(namespace, names.secrets, freshMs),
  ]);
  const links = pod.spec.enableServiceLinks ?? true;
  const serviceVariables = serviceEnvironment(context.services.list(), namespace, links);
  const sources = { configMaps, secrets, serviceVariables };
  return resolveEnvironment(pod, container, sources, downwardFacts(context, podIps));
}

/** /etc/hosts, the log's folder, and the file for the container's last words; returns the latter's path. */
async function makeFiles(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  action: StartContainer,
): Promise<string> {
  const { files } = context.deps;
  const { settings } = context;
  const uid = podUid(pod);
  const nodeHosts = pod.spec.hostNetwork ? await files.readFile('/etc/hosts', 1 << 20) : undefined;
  const nodeText = nodeHosts ? new TextDecoder().decode(nodeHosts) : '';
  const hosts = hostsFile(pod, action.podIps, settings.clusterDns.domain, nodeText);
  const hostsPath = hostsFilePath(settings, uid);
  // Written once per address: replacing the file would leave running containers with the old one.
  const present = await files.readFile(hostsPath, 1 << 20);
  if (!present || new TextDecoder().decode(present) !== hosts)
    await files.writeFile(hostsPath, utf8(hosts), { mode: 0o644 });
  const messagePath = terminationMessagePath(settings, uid, container.name, action.restartCount);
  await files.makeDirectory(messagePath.slice(0, messagePath.lastIndexOf('/')), { mode: 0o750 });
  await files.writeFile(messagePath, utf8(''), { mode: 0o666 });
  const log = `${podLogDirectory(settings, pod)}/${containerLogName(container.name, action.restartCount)}`;
  await files.makeDirectory(log.slice(0, log.lastIndexOf('/')), { mode: 0o755 });
  return messagePath;
}

function targetContainerId(pod: Pod, observed: ObservedPod, name: string): string | undefined {
  const target = pod.spec.ephemeralContainers?.find((entry) => entry.name === name)?.targetContainerName;
  return target ? latestContainer(observed, target)?.id : undefined;
}
