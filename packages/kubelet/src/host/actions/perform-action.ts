import { isStatus } from '@trireme/api-machinery';
import { hasCode, messageOf } from '@trireme/base';
import type { CancelSignal } from '@trireme/ports';
import { pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { podUid } from '../../identity.ts';
import { type PodMemory, withSandbox, withSandboxFailure } from '../../memory.ts';
import type { ObservedPod } from '../../observed.ts';
import type { PodAction } from '../../pod-action.ts';
import { podLogDirectory } from '../../pod-paths.ts';
import { cgroupParentOf } from '../../qos.ts';
import { sandboxConfig } from '../../sandbox-config.ts';
import { containerReference, downwardFacts, type KubeletContext } from '../kubelet-context.ts';
import { withDeadline } from '../with-deadline.ts';
import { killContainer, killPod } from './kill-container.ts';
import { type Remember, startContainer } from './start-container.ts';

export interface ActionInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly signal: CancelSignal;
  readonly begunKills: Set<string>;
}

const unchanged: Remember = (memory: PodMemory) => memory;

/** Does one thing, and returns what is to be remembered of it. Throws where it is to be tried again later. */
export async function performAction(context: KubeletContext, input: ActionInput, action: PodAction): Promise<Remember> {
  const { pod, observed, signal, begunKills } = input;
  const { runtime } = context.deps;
  const uid = podUid(pod);
  const kill = { pod, podIp: observed.sandboxes[0]?.ips[0] ?? context.hostIps[0] ?? '', signal, begun: begunKills };
  switch (action.type) {
    case 'event':
      context.recorder.event(
        action.container ? containerReference(pod, action.container) : pod,
        action.eventType,
        action.reason,
        action.message,
      );
      return unchanged;
    case 'mount-volumes':
      return mountVolumes(context, pod, observed);
    case 'create-sandbox':
      return createSandbox(context, pod, action.attempt, signal);
    case 'stop-sandbox':
      await whereThere(runtime.stopPodSandbox(action.sandboxId));
      return unchanged;
    case 'remove-sandbox':
      await whereThere(runtime.removePodSandbox(action.sandboxId));
      return unchanged;
    case 'remove-container':
      await whereThere(runtime.removeContainer(action.containerId));
      await removeLogs(context, observed, action.containerId);
      return unchanged;
    case 'start-container':
      return startContainer(context, { pod, observed, action, signal });
    case 'kill-container':
      await killContainer(context, kill, action.kill, action.gracePeriodSeconds);
      return unchanged;
    case 'kill-pod':
      await killPod(context, kill, action.stages, action.gracePeriodSeconds);
      return unchanged;
    case 'unmount-volumes':
      await context.volumes.unmount(uid);
      return (memory) => ({ ...memory, volumesMounted: false, tornDown: true });
    case 'delete-pod':
      await deletePod(context, pod);
      return unchanged;
    case 'remove-pod':
      await removePod(context, pod, observed);
      return unchanged;
  }
}

async function mountVolumes(context: KubeletContext, pod: Pod, observed: ObservedPod): Promise<Remember> {
  try {
    await context.volumes.mount(pod, downwardFacts(context, observed.sandboxes[0]?.ips ?? []));
  } catch (error) {
    context.recorder.event(pod, 'Warning', 'FailedMount', messageOf(error));
    throw error;
  }
  return (memory) => ({ ...memory, volumesMounted: true });
}

async function createSandbox(
  context: KubeletContext,
  pod: Pod,
  attempt: number,
  signal: CancelSignal,
): Promise<Remember> {
  const { runtime, files, time } = context.deps;
  const config = sandboxConfig(pod, attempt, context.settings);
  try {
    await files.makeDirectory(config.logDirectory, { mode: 0o755 });
    await runtime.runPodSandbox(config, { signal });
    return withSandbox;
  } catch (error) {
    if (signal.aborted) return unchanged;
    const message = `Failed to create pod sandbox: ${messageOf(error)}`;
    context.recorder.event(pod, 'Warning', 'FailedCreatePodSandBox', message);
    const nowMs = time.now();
    return (memory) => withSandboxFailure(memory, nowMs);
  }
}

/** The last status goes first: after the delete there is nothing to write it to. */
async function deletePod(context: KubeletContext, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  await context.statuses.flush(podUid(pod));
  try {
    await withDeadline(context.deps.time, 'delete a pod', (signal) =>
      context.deps.client.resource(pods).delete({ name, namespace }, { uid, gracePeriodSeconds: 0, signal }),
    );
  } catch (error) {
    // Gone already, or another pod of this name stands there now.
    if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
  }
}

/** With a container go its log, and what was rotated away from it. */
async function removeLogs({ deps: { files } }: KubeletContext, observed: ObservedPod, id: string): Promise<void> {
  const path = observed.containers.find((container) => container.id === id)?.logPath ?? '';
  if (!path.startsWith('/')) return;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  for (const entry of await files.list(path.slice(0, slash))) {
    if (entry === name || entry.startsWith(`${name}.`)) await files.remove(`${path.slice(0, slash)}/${entry}`);
  }
}

async function removePod(context: KubeletContext, pod: Pod, observed: ObservedPod): Promise<void> {
  const { runtime, files } = context.deps;
  for (const { id } of observed.sandboxes) await whereThere(runtime.removePodSandbox(id));
  await context.volumes.removePod(podUid(pod));
  await files.remove(podLogDirectory(context.settings, pod));
  await files.removeCgroup(cgroupParentOf(pod, context.settings.rootCgroup));
  context.statuses.forget(podUid(pod));
}

async function whereThere(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
}
