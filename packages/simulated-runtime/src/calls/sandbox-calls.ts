import type { RuntimeCondition } from '@trireme/ports';
import { addSandbox, removeSandbox, sandboxStatus, sandboxSummary, stopSandbox } from '../sandboxes.ts';
import { sandboxOf, type World } from '../world.ts';
import { type Calls, enter } from './enter.ts';

export function sandboxCalls(
  world: World,
): Calls<
  | 'version'
  | 'status'
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'podSandboxStatus'
  | 'listPodSandboxes'
> {
  const ready = (type: string): RuntimeCondition => ({ type, status: true, reason: '', message: '' });
  return {
    async version() {
      await enter(world, 'ask for the version');
      return { name: 'simulated', version: '0.1.0', apiVersion: 'v1' };
    },
    async status() {
      await enter(world, 'ask for the status');
      return [ready('RuntimeReady'), ready('NetworkReady')];
    },
    async runPodSandbox(config, options) {
      await enter(world, `run pod sandbox ${config.name}`, world.delays.sandboxMs, options?.signal);
      return addSandbox(world, config).id;
    },
    async stopPodSandbox(id) {
      await enter(world, `stop pod sandbox ${id}`);
      const sandbox = world.sandboxes.get(id);
      if (sandbox) stopSandbox(world, sandbox);
    },
    async removePodSandbox(id) {
      await enter(world, `remove pod sandbox ${id}`);
      const sandbox = world.sandboxes.get(id);
      if (sandbox) removeSandbox(world, sandbox);
    },
    async podSandboxStatus(id) {
      await enter(world, `ask for pod sandbox ${id}`);
      return sandboxStatus(sandboxOf(world, id));
    },
    async listPodSandboxes() {
      await enter(world, 'list pod sandboxes');
      return [...world.sandboxes.values()].map(sandboxSummary);
    },
  };
}
