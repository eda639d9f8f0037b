import { dnsSubdomainErrors, type FieldPath, fieldErrors, fieldPath, validateImmutable } from '@trireme/api-machinery';
import type { ContainerStatus, Pod } from '@trireme/schema/types/core/v1';
import { type Findings, mustFit, mustFitIfSet } from '../../field-rules.ts';
import { ipErrors } from '../../ip-rules.ts';

type Statuses = readonly ContainerStatus[] | undefined;

/** A container that ended for good does not come back to life. */
function* validateTransitions(
  statuses: Statuses,
  old: Statuses,
  mayRestart: (status: ContainerStatus, exitCode: number) => boolean,
  path: FieldPath,
): Findings {
  for (const [i, before] of (old ?? []).entries()) {
    const terminated = before.state?.terminated;
    if (!terminated || mayRestart(before, terminated.exitCode)) continue;
    const after = statuses?.find(({ name }) => name === before.name);
    if (after && !after.state?.terminated) {
      yield fieldErrors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
    }
  }
}

function* validateAllTransitions(pod: Pod, old: Pod, path: FieldPath): Findings {
  const { status = {} } = pod;
  const { spec, status: before = {} } = old;
  const byName = new Map([...spec.containers, ...(spec.initContainers ?? [])].map((c) => [c.name, c]));
  // A container with a restart policy or rules of its own follows those.
  const mayRestart = ({ name }: ContainerStatus, exitCode: number): boolean => {
    const container = byName.get(name);
    if (container?.restartPolicy ?? container?.restartPolicyRules) return true;
    return spec.restartPolicy === 'Always' || (spec.restartPolicy === 'OnFailure' && exitCode !== 0);
  };
  for (const name of ['containerStatuses', 'initContainerStatuses'] as const) {
    yield* validateTransitions(status[name], before[name], mayRestart, path.child(name));
  }
  const field = 'ephemeralContainerStatuses';
  yield* validateTransitions(status[field], before[field], () => false, path.child(field));
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
  yield* validateImmutable(status.qosClass ?? '', before.qosClass ?? '', path.child('qosClass'));
  yield* validateAllTransitions(pod, old, path);
  for (const [i, { ip }] of (status.podIPs ?? []).entries()) {
    yield* mustFit(ipErrors, path.child('podIPs').index(i), ip);
  }
}
