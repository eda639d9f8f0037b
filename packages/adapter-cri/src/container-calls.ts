import type { ContainerRuntime } from '@trireme/ports';
import { type CriCalls, defaultTimeoutMs } from './calls.ts';
import { containerConfigMessage, resourcesMessage, sandboxConfigMessage } from './from-port.ts';
import type { ContainerMessage, ContainerStatusMessage, StatsMessage } from './messages.ts';
import { containerStatusOf, containerSummaryOf, requirePart, statsOf } from './to-port.ts';

type Part = Pick<
  ContainerRuntime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'listContainers'
  | 'containerStatus'
  | 'updateContainerResources'
  | 'reopenContainerLog'
  | 'containerStats'
>;

type ContainerList = { readonly containers?: readonly ContainerMessage[] };

export function containerCalls(calls: CriCalls): Part {
  // A container's status does not say whose it is, so what was created or listed is remembered.
  const sandboxOf = new Map<string, string>();
  const list = async (filter?: object): Promise<readonly ContainerMessage[]> => {
    const { containers = [] } = await calls.runtime<ContainerList>('ListContainers', filter ? { filter } : {});
    if (!filter) sandboxOf.clear();
    for (const { id, podSandboxId } of containers) sandboxOf.set(id, podSandboxId);
    return containers;
  };
  return {
    async createContainer(sandboxId, config, sandbox) {
      const { containerId } = await calls.runtime<{ readonly containerId: string }>('CreateContainer', {
        podSandboxId: sandboxId,
        config: containerConfigMessage(config),
        sandboxConfig: sandboxConfigMessage(sandbox),
      });
      sandboxOf.set(containerId, sandboxId);
      return containerId;
    },
    async startContainer(id) {
      await calls.runtime('StartContainer', { containerId: id });
    },
    stopContainer: (id, timeoutSeconds) =>
      calls.gone(
        'StopContainer',
        { containerId: id, timeout: timeoutSeconds },
        { timeoutMs: defaultTimeoutMs + timeoutSeconds * 1000 },
      ),
    async removeContainer(id) {
      await calls.gone('RemoveContainer', { containerId: id });
      sandboxOf.delete(id);
    },
    async listContainers() {
      return (await list()).map(containerSummaryOf);
    },
    async containerStatus(id) {
      const [answer] = await Promise.all([
        calls.runtime<{ readonly status: ContainerStatusMessage | null }>('ContainerStatus', { containerId: id }),
        sandboxOf.has(id) ? undefined : list({ id }),
      ]);
      return containerStatusOf(requirePart(answer.status, `the status of container ${id}`), sandboxOf.get(id) ?? '');
    },
    async updateContainerResources(id, resources) {
      await calls.runtime('UpdateContainerResources', { containerId: id, linux: resourcesMessage(resources) });
    },
    async reopenContainerLog(id) {
      await calls.runtime('ReopenContainerLog', { containerId: id });
    },
    async containerStats() {
      const answer = await calls.runtime<{ readonly stats?: readonly StatsMessage[] }>('ListContainerStats', {});
      return (answer.stats ?? []).map(statsOf);
    },
  };
}
