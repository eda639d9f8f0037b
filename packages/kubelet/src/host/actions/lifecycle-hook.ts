import { fromUtf8, messageOf } from '@trireme/base';
import { type CancelSignal, sleep } from '@trireme/ports';
import type { Container, LifecycleHandler } from '@trireme/schema/types/core/v1';
import type { KubeletContext } from '../kubelet-context.ts';
import { httpProbeOf, portNumber } from '../probe-target.ts';

export interface HookTarget {
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

/** Runs a postStart or preStop handler; why it failed, or undefined. */
export async function runHook(
  context: KubeletContext,
  handler: LifecycleHandler,
  target: HookTarget,
  timeoutMs: number,
  signal: CancelSignal,
): Promise<string | undefined> {
  const { runtime, prober, time } = context.deps;
  if (handler.sleep) {
    await sleep(time, Math.min(timeoutMs, handler.sleep.seconds * 1000), signal);
    return undefined;
  }
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    try {
      const result = await runtime.execSync(target.containerId, command, Math.ceil(timeoutMs / 1000));
      if (result.exitCode === 0) return undefined;
      const output = fromUtf8(result.stderr) || fromUtf8(result.stdout);
      return `command '${command.join(' ')}' exited with ${result.exitCode}: ${output}`;
    } catch (error) {
      return `command '${command.join(' ')}' could not be run: ${messageOf(error)}`;
    }
  }
  if (handler.httpGet) {
    const request = httpProbeOf(handler.httpGet, target.container, target.podIp, timeoutMs);
    if (!request) return `port "${handler.httpGet.port}" is not a port of the container`;
    const outcome = await prober.http({ ...request, signal });
    return outcome.result === 'success' ? undefined : outcome.output;
  }
  if (handler.tcpSocket) {
    const port = portNumber(handler.tcpSocket.port, target.container);
    if (port === undefined) return `port "${handler.tcpSocket.port}" is not a port of the container`;
    const host = handler.tcpSocket.host || target.podIp;
    const outcome = await prober.tcp({ host, port, timeoutMs, signal });
    return outcome.result === 'success' ? undefined : outcome.output;
  }
  return undefined;
}
