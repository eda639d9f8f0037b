import { containerHash } from './container-hash.ts';
import { containersOf, type PodContainer } from './identity.ts';
import type { PodMemory } from './memory.ts';
import { containerIn, latestContainer, type ObservedContainer, type ObservedSandbox } from './observed.ts';
import type { PodAction } from './pod-action.ts';
import { hasStarted, probeOf } from './probe-state.ts';
import { restartsAfter, wantsStart } from './restart-policy.ts';
import { type Step, startOrWait, step } from './start-decision.ts';
import type { SyncInput } from './sync-pod.ts';

/** Init containers one after the other, then the others. */
export function containerPlan(input: SyncInput, before: PodMemory, sandbox: ObservedSandbox): Step {
  const entries = containersOf(input.pod);
  const begun = entries.some(
    ({ kind, container }) => kind === 'app' && containerIn(input.observed, sandbox.id, container.name),
  );
  const plan = collector(before);
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === 'app' || entry.kind === 'ephemeral') {
      plan.add(appStep(input, plan.memory, entry, sandbox));
      continue;
    }
    // Ordinary init containers do not run again beside the containers that they made ready.
    if (entry.kind === 'init' && begun) continue;
    const laterBegun =
      begun || entries.slice(index + 1).some((later) => containerIn(input.observed, sandbox.id, later.container.name));
    const { passed, ...initStep } = initStepOf(input, plan.memory, entry, sandbox);
    plan.add(initStep);
    if (!passed && !(entry.kind === 'sidecar' && laterBegun)) break;
  }
  return plan.result();
}

function collector(before: PodMemory) {
  const actions: PodAction[] = [];
  let memory = before;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  return {
    get memory() {
      return memory;
    },
    add(next: Step): void {
      actions.push(...next.actions);
      memory = next.memory;
      wakeAtMs = Math.min(wakeAtMs, next.wakeAtMs);
    },
    result: (): Step => ({ actions, memory, wakeAtMs }),
  };
}

/** `passed`: the next container may have its turn. */
function initStepOf(
  input: SyncInput,
  memory: PodMemory,
  entry: PodContainer,
  sandbox: ObservedSandbox,
): Step & { readonly passed: boolean } {
  const { kind, container } = entry;
  // Only what ran in this sandbox counts: a new sandbox is initialized from the beginning.
  const own = containerIn(input.observed, sandbox.id, container.name);
  if (own?.state === 'running') {
    const passed = kind === 'sidecar' && hasStarted(container, memory.verdicts[own.id]);
    return { ...killIfUnwell(input, memory, entry, own), passed };
  }
  if (kind === 'init' && own?.state === 'exited' && own.exitCode === 0) return { ...step(memory), passed: true };
  if (!wantsStart(input.pod, container, kind, own)) return { ...step(memory), passed: false };
  return { ...startOrWait(input, memory, entry, sandbox, own), passed: false };
}

function appStep(input: SyncInput, memory: PodMemory, entry: PodContainer, sandbox: ObservedSandbox): Step {
  const { kind, container } = entry;
  const latest =
    containerIn(input.observed, sandbox.id, container.name) ?? latestContainer(input.observed, container.name);
  if (latest?.state === 'running') return killIfUnwell(input, memory, entry, latest);
  // An ephemeral container runs once, however it ended.
  if (kind === 'ephemeral' && latest) return step(memory);
  const replaced = latest !== undefined && memory.replaced.includes(latest.id);
  if (!replaced && !wantsStart(input.pod, container, kind, latest)) return step(memory);
  return startOrWait(input, memory, entry, sandbox, latest);
}

/** A running container ends where its spec changed, or where a probe says that it is beyond help. */
function killIfUnwell(input: SyncInput, memory: PodMemory, entry: PodContainer, running: ObservedContainer): Step {
  const { kind, container } = entry;
  const verdicts = memory.verdicts[running.id];
  const restart = restartsAfter(input.pod, container, kind, 137) ? ', will be restarted' : '';
  const grace = input.pod.spec.terminationGracePeriodSeconds ?? 30;
  const kill = (message: string, gracePeriodSeconds = grace): PodAction => ({
    type: 'kill-container',
    kill: { containerId: running.id, name: container.name, message },
    gracePeriodSeconds,
  });
  if (kind !== 'ephemeral' && running.hash !== containerHash(container)) {
    const replaced = [...memory.replaced, running.id];
    const message = `Container ${container.name} definition changed, will be restarted`;
    return step({ ...memory, replaced }, [kill(message)]);
  }
  for (const probe of ['startup', 'liveness'] as const) {
    if (verdicts?.[probe] !== 'failure') continue;
    const message = `Container ${container.name} failed ${probe} probe${restart}`;
    return step(memory, [kill(message, probeOf(container, probe)?.terminationGracePeriodSeconds)]);
  }
  return step(memory);
}
