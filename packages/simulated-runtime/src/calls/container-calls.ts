import { createContainer, endContainer, startContainer, statusOf, stopContainer, summaryOf } from '../containers.ts';
import { containerOf, notify, sandboxOf, type World } from '../world.ts';
import { type Calls, enter } from './enter.ts';

export function containerCalls(
  world: World,
): Calls<
  'createContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'listContainers' | 'containerStatus'
> {
  return {
    async createContainer(sandboxId, config) {
      await enter(world, `create container ${config.name}`, world.delays.createMs);
      return createContainer(world, sandboxOf(world, sandboxId), config).id;
    },
    async startContainer(id) {
      await enter(world, `start container ${id}`, world.delays.startMs);
      startContainer(world, containerOf(world, id));
    },
    async stopContainer(id, timeoutSeconds) {
      await enter(world, `stop container ${id}`);
      const container = world.containers.get(id);
      if (container) await stopContainer(world, container, timeoutSeconds);
    },
    async removeContainer(id) {
      await enter(world, `remove container ${id}`);
      const container = world.containers.get(id);
      if (!container) return;
      endContainer(world, container, 137, 'Error');
      world.containers.delete(id);
      notify(world, container);
    },
    async listContainers() {
      await enter(world, 'list containers');
      return [...world.containers.values()].map(summaryOf);
    },
    async containerStatus(id) {
      await enter(world, `ask for container ${id}`);
      return statusOf(world, containerOf(world, id));
    },
  };
}
