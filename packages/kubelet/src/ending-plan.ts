import type { Ending } from './ending.ts';
import { containersOf } from './identity.ts';
import type { PodMemory } from './memory.ts';
import { type ObservedPod, runningContainers } from './observed.ts';
import type { ContainerKill, PodAction } from './pod-action.ts';
import { type Step, step } from './start-decision.ts';
import type { SyncInput } from './sync-pod.ts';

/** Containers end, then the sandbox, then the volumes; then the pod may leave the API, and at last the node. */
export function endingPlan(input: SyncInput, memory: PodMemory, ending: Ending): Step {
  const { observed } = input;
  const stages = killStages(input, 'Stopping container');
  if (stages.length > 0) {
    return step(memory, [{ type: 'kill-pod', stages, gracePeriodSeconds: ending.gracePeriodSeconds }]);
  }
  const ready = observed.sandboxes.filter((sandbox) => sandbox.ready);
  if (ready.length > 0)
    return step(
      memory,
      ready.map(({ id }) => ({ type: 'stop-sandbox', sandboxId: id })),
    );
  if (!memory.tornDown) return step(memory, [{ type: 'unmount-volumes' }]);
  if (ending.kind === 'deleted') return step(memory, [{ type: 'delete-pod' }]);
  if (ending.kind === 'gone') return step(memory, [{ type: 'remove-pod' }]);
  return step(memory);
}

/** The ordinary containers together, then the sidecars one by one, the last one first. */
export function killStages(input: SyncInput, text: string): readonly (readonly ContainerKill[])[] {
  const sidecars = containersOf(input.pod)
    .filter(({ kind }) => kind === 'sidecar')
    .map(({ container }) => container.name)
    .reverse();
  const kills = runningContainers(input.observed).map(
    ({ id, name }): ContainerKill => ({ containerId: id, name, message: `${text} ${name}` }),
  );
  const stages = [kills.filter(({ name }) => !sidecars.includes(name))];
  for (const sidecar of sidecars) stages.push(kills.filter(({ name }) => name === sidecar));
  return stages.filter((stage) => stage.length > 0);
}

/** Of every container the newest stays, and the newest that ended before it; older sandboxes go with what they held. */
export function removals({ sandboxes, containers }: ObservedPod): readonly PodAction[] {
  const seen = new Map<string, number>();
  const kept = new Set<string>();
  const actions: PodAction[] = [];
  for (const container of containers) {
    const count = (seen.get(container.name) ?? 0) + 1;
    seen.set(container.name, count);
    if (count <= 2 || container.state === 'running') kept.add(container.sandboxId);
    else actions.push({ type: 'remove-container', containerId: container.id });
  }
  for (const { id, ready } of sandboxes.slice(1)) {
    if (!ready && !kept.has(id)) actions.push({ type: 'remove-sandbox', sandboxId: id });
  }
  return actions;
}
