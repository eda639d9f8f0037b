import type { ContainerRuntime } from '@trireme/ports';
import { type CriCalls, defaultTimeoutMs } from './calls.ts';
import { sandboxConfigMessage } from './from-port.ts';
import type { SandboxMessage, SandboxStatusMessage } from './messages.ts';
import { requirePart, sandboxStatusOf, sandboxSummaryOf } from './to-port.ts';

type Part = Pick<
  ContainerRuntime,
  | 'version'
  | 'status'
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'podSandboxStatus'
  | 'listPodSandboxes'
>;

interface VersionMessage {
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

interface StatusMessage {
  readonly status: {
    readonly conditions?: readonly { type: string; status: boolean; reason: string; message: string }[];
  } | null;
}

export function sandboxCalls(calls: CriCalls): Part {
  return {
    async version() {
      const answer = await calls.runtime<VersionMessage>('Version', { version: 'v1' });
      return { name: answer.runtimeName, version: answer.runtimeVersion, apiVersion: answer.runtimeApiVersion };
    },
    async status() {
      const answer = await calls.runtime<StatusMessage>('Status', {});
      return answer.status?.conditions ?? [];
    },
    async runPodSandbox(config, options) {
      const request = { config: sandboxConfigMessage(config), runtimeHandler: config.runtimeHandler };
      const answer = await calls.runtime<{ readonly podSandboxId: string }>('RunPodSandbox', request, {
        timeoutMs: 2 * defaultTimeoutMs,
        signal: options?.signal,
      });
      return answer.podSandboxId;
    },
    stopPodSandbox: (id) => calls.gone('StopPodSandbox', { podSandboxId: id }),
    removePodSandbox: (id) => calls.gone('RemovePodSandbox', { podSandboxId: id }),
    async podSandboxStatus(id) {
      const answer = await calls.runtime<{ readonly status: SandboxStatusMessage | null }>('PodSandboxStatus', {
        podSandboxId: id,
      });
      return sandboxStatusOf(requirePart(answer.status, `the status of pod sandbox ${id}`));
    },
    async listPodSandboxes() {
      const answer = await calls.runtime<{ readonly items?: readonly SandboxMessage[] }>('ListPodSandbox', {});
      return (answer.items ?? []).map(sandboxSummaryOf);
    },
  };
}
