import { hasCode, messageOf } from '@trireme/base';
import type { CancelSignal } from '@trireme/ports';
import type { Pod } from '@trireme/schema/types/core/v1';
import { findContainer } from '../../identity.ts';
import type { ContainerKill } from '../../pod-action.ts';
import { unlessAborted } from '../abandon.ts';
import { containerReference, type KubeletContext } from '../kubelet-context.ts';
import { runHook } from './lifecycle-hook.ts';

export interface KillInput {
  readonly pod: Pod;
  readonly podIp: string;
  readonly signal: CancelSignal;
  /** Containers whose end has begun: a second, shorter try does not repeat the hook. */
  readonly begun: Set<string>;
}

/** However much of the grace period a hook has used, the process gets this long. */
const leastGraceSeconds = 2;

/** preStop hook, then the stop signal, then at the end of the grace period the kill. */
export async function killContainer(
  context: KubeletContext,
  input: KillInput,
  kill: ContainerKill,
  gracePeriodSeconds: number,
): Promise<void> {
  const { runtime, time } = context.deps;
  const startedMs = time.monotonic();
  if (!input.begun.has(kill.containerId)) {
    input.begun.add(kill.containerId);
    context.recorder.event(containerReference(input.pod, kill.name), 'Normal', 'Killing', kill.message);
    await preStop(context, input, kill, gracePeriodSeconds);
  }
  if (input.signal.aborted) return;
  const left = gracePeriodSeconds - Math.floor((time.monotonic() - startedMs) / 1000);
  const used = left < gracePeriodSeconds;
  try {
    const seconds = used ? Math.max(leastGraceSeconds, left) : gracePeriodSeconds;
    // A shorter grace period that is asked for meanwhile gets a call of its own beside this one.
    await unlessAborted(runtime.stopContainer(kill.containerId, seconds), input.signal);
  } catch (error) {
    // It is gone, which is what was wanted.
    if (!hasCode(error, 'not-found')) throw error;
  }
}

async function preStop(
  context: KubeletContext,
  { pod, podIp, signal }: KillInput,
  { containerId, name }: ContainerKill,
  gracePeriodSeconds: number,
): Promise<void> {
  const container = findContainer(pod, name)?.container;
  const hook = container?.lifecycle?.preStop;
  if (!container || !hook || gracePeriodSeconds <= 0) return;
  const target = { containerId, container, podIp };
  const timeoutMs = gracePeriodSeconds * 1000;
  const problem = await withLimit(runHook(context, hook, target, timeoutMs, signal), context, timeoutMs, signal);
  if (problem === undefined) return;
  context.recorder.event(
    containerReference(pod, name),
    'Warning',
    'FailedPreStopHook',
    `PreStopHook failed: ${problem}`,
  );
}

/** Stops waiting at the limit or at a cancel; the hook itself may go on. */
function withLimit(
  hook: Promise<string | undefined>,
  context: KubeletContext,
  limitMs: number,
  signal: CancelSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (problem: string | undefined): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      resolve(problem);
    };
    const onAbort = (): void => finish(undefined);
    const timer = context.deps.time.after(limitMs, () => finish('it did not end within the grace period'));
    signal.addEventListener('abort', onAbort);
    hook.then(finish, (error: unknown) => finish(messageOf(error)));
  });
}

/** Stage after stage, within one grace period for all. */
export async function killPod(
  context: KubeletContext,
  input: KillInput,
  stages: readonly (readonly ContainerKill[])[],
  gracePeriodSeconds: number,
): Promise<void> {
  const { time } = context.deps;
  const startedMs = time.monotonic();
  for (const [index, stage] of stages.entries()) {
    if (input.signal.aborted) return;
    const left = gracePeriodSeconds - Math.floor((time.monotonic() - startedMs) / 1000);
    const grace = index === 0 ? gracePeriodSeconds : Math.max(leastGraceSeconds, left);
    await Promise.all(stage.map((kill) => killContainer(context, input, kill, grace)));
  }
}
