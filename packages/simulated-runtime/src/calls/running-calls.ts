import { createAsyncQueue } from '@trireme/base';
import { execSync } from '../exec.ts';
import { statsOf } from '../stats.ts';
import { serveStream } from '../streaming/serve-stream.ts';
import { containerOf, type World } from '../world.ts';
import { type Calls, enter } from './enter.ts';

/** What is done with containers that run. */
export function runningCalls(
  world: World,
): Calls<'updateContainerResources' | 'reopenContainerLog' | 'execSync' | 'stream' | 'containerStats' | 'events'> {
  return {
    async updateContainerResources(id) {
      await enter(world, `update resources of container ${id}`);
      containerOf(world, id);
    },
    async reopenContainerLog(id) {
      await enter(world, `reopen the log of container ${id}`);
      containerOf(world, id);
    },
    async execSync(id, command, timeoutSeconds) {
      await enter(world, `exec in container ${id}`);
      return execSync(world, containerOf(world, id), command, timeoutSeconds);
    },
    async stream(request, upgrade) {
      await enter(world, request.kind);
      return serveStream(world, request, upgrade);
    },
    async containerStats() {
      await enter(world, 'ask for container stats');
      return [...world.containers.values()].filter(({ state }) => state === 'running').map((c) => statsOf(world, c));
    },
    events(signal) {
      const queue = createAsyncQueue<{ readonly containerId: string; readonly sandboxId: string }>(() => {
        world.listeners.delete(queue);
      });
      world.listeners.add(queue);
      signal.addEventListener('abort', () => {
        world.listeners.delete(queue);
        queue.end();
      });
      return queue;
    },
  };
}
