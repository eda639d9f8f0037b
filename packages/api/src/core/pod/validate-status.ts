import { dnsSubdomainErrors, type FieldPath, fieldErrors, fieldPath, validateImmutable } from '@trireme/api-machinery';
import type { ContainerStatus, Pod } from '@trireme/schema/types/core/v1';
import { type Findings, mustFit, mustFitIfSet } from '../../field-rules.ts';
import { ipErrors } from '../../ip-rules.ts';

/** A container that ended for good does not come back to life. */
function* validateTransitions(
  statuses: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  mayRestart: (exitCode: number) => boolean,
  path: FieldPath,
): Findings {
  for (const before of old) {
    const terminated = before.state?.terminated;
    if (!terminated || mayRestart(terminated.exitCode)) continue;
    const i = statuses.findIndex(({ name }) => name === before.name);
    const after = statuses[i];
    if (after && !after.state?.terminated) {
      yield fieldErrors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
    }
  }
}

export function* validatePodStatusUpdate(pod: Pod, old: Pod): Findings {
  const path = fieldPath('status');
  const status = pod.status ?? {};
  const before = old.status ?? {};
  if ((pod.spec.nodeName ?? '') !== (old.spec.nodeName ?? '')) {
    yield fieldErrors.forbidden(path.child('nodeName'), 'may not be changed directly');
  }
  if (status.nominatedNodeName !== before.nominatedNodeName) {
    yield* mustFitIfSet(dnsSubdomainErrors, path.child('nominatedNodeName'), status.nominatedNodeName);
  }
  const policy = old.spec.restartPolicy;
  if (policy !== 'Always') {
    const rules = new Set(
      [...old.spec.containers].filter((c) => c.restartPolicy ?? c.restartPolicyRules).map((c) => c.name),
    );
    const plain = (before.containerStatuses ?? []).filter(({ name }) => !rules.has(name));
    const mayRestart = (exitCode: number): boolean => policy === 'OnFailure' && exitCode !== 0;
    yield* validateTransitions(status.containerStatuses ?? [], plain, mayRestart, path.child('containerStatuses'));
  }
  if (before.qosClass) {
    yield* validateImmutable(status.qosClass ?? '', before.qosClass, path.child('qosClass'));
  }
  for (const [i, { ip }] of (status.podIPs ?? []).entries()) {
    yield* mustFit(ipErrors, path.child('podIPs').index(i), ip);
  }
}
