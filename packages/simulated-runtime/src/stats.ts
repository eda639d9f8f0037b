import type { ContainerStats } from '@trireme/ports';
import type { Container, World } from './world.ts';

/** Made up, but plausible: 2 thousandths of a core since its start, and a steady memory that its id decides. */
export function statsOf(world: World, container: Container): ContainerStats {
  const nowMs = world.time.now();
  const runningMs = Math.max(0, nowMs - container.startedAtMs);
  return {
    containerId: container.id,
    timestampMs: nowMs,
    cpuCoreNanoSeconds: Math.round(30_000_000 + runningMs * 2000),
    memoryWorkingSetBytes: container.memoryBytes,
  };
}
