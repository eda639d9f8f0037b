import { type CancelSignal, type ContainerRuntime, RuntimeError, sleep } from '@trireme/ports';
import type { World } from '../world.ts';

/** Some of the runtime's calls, all of them there. */
export type Calls<K extends keyof ContainerRuntime> = Required<Pick<ContainerRuntime, K>>;

/** Every call first passes here: it fails while the runtime is down, and takes its time otherwise. */
export async function enter(world: World, action: string, delayMs = 0, signal?: CancelSignal): Promise<void> {
  if (delayMs > 0) await sleep(world.time, delayMs, signal);
  if (signal?.aborted) throw new RuntimeError('timeout', `${action}: given up by the caller`);
  if (!world.available) throw new RuntimeError('unavailable', `${action}: the simulated runtime is down`);
}
