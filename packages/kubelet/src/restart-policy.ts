import type { Container, Pod } from '@trireme/schema/types/core/v1';
import type { ContainerKind } from './identity.ts';
import type { ObservedContainer } from './observed.ts';

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** A container's own policy wins over the pod's. An init container under Always is retried only when it fails. */
export function restartPolicyOf(pod: Pod, container: Container, kind: ContainerKind): RestartPolicy {
  if (kind === 'sidecar') return 'Always';
  if (kind === 'ephemeral') return 'Never';
  const policy = (container.restartPolicy as RestartPolicy | undefined) ?? pod.spec.restartPolicy ?? 'Always';
  return kind === 'init' && policy === 'Always' ? 'OnFailure' : policy;
}

/** Whether a container that ended with this code is to run again. */
export function restartsAfter(pod: Pod, container: Container, kind: ContainerKind, exitCode: number): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const among = rule.exitCodes?.values?.includes(exitCode) ?? false;
    const matches = rule.exitCodes?.operator === 'NotIn' ? !among : among;
    if (matches && rule.action === 'Restart') return true;
  }
  const policy = restartPolicyOf(pod, container, kind);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a container in this state is to be started: it was never made, broke before it ran, or is to run again. */
export function wantsStart(
  pod: Pod,
  container: Container,
  kind: ContainerKind,
  latest: ObservedContainer | undefined,
): boolean {
  if (!latest || latest.state === 'unknown' || latest.state === 'created') return true;
  if (latest.state === 'running') return false;
  return restartsAfter(pod, container, kind, latest.exitCode);
}
