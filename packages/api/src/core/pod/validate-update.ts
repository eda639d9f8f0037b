import { type FieldPath, fieldErrors, fieldPath, semanticEqual } from '@trireme/api-machinery';
import type { Container, Pod, PodSpec, Toleration } from '@trireme/schema/types/core/v1';
import { type Findings, maxInt32, mustBeSet, rangeMessage } from '../../field-rules.ts';
import { changedFields } from './changed-fields.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** True where the lists differ in length, after which nothing more can be said of the spec. */
function* validateSameContainers(
  containers: readonly Container[],
  old: readonly Container[],
  path: FieldPath,
): Generator<ReturnType<typeof fieldErrors.forbidden>, boolean> {
  if (containers.length !== old.length) {
    yield fieldErrors.forbidden(path, 'pod updates may not add or remove containers');
    return true;
  }
  for (const [i, container] of containers.entries()) yield* mustBeSet(path.index(i).child('image'), container.image);
  return false;
}

/** A deadline may appear, and may come nearer. */
function deadlineFinding(seconds: number | undefined, old: number | undefined, path: FieldPath) {
  if (seconds === undefined) {
    if (old === undefined) return undefined;
    return fieldErrors.invalid(path, null, 'must not update from a positive integer to nil value');
  }
  if (seconds < 0 || seconds > maxInt32) return fieldErrors.invalid(path, seconds, rangeMessage(0, maxInt32));
  if (old === undefined || seconds <= old) return undefined;
  return fieldErrors.invalid(path, seconds, 'must be less than or equal to previous value');
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return semanticEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
}

function* validateTolerationsKept(spec: PodSpec, old: PodSpec, path: FieldPath): Findings {
  const now = spec.tolerations ?? [];
  for (const toleration of old.tolerations ?? []) {
    if (now.some((kept) => sameToleration(kept, toleration))) continue;
    const message = 'existing toleration can not be modified except its tolerationSeconds';
    yield fieldErrors.forbidden(path, message);
    return;
  }
}

function* validateGatesOnlyRemoved(spec: PodSpec, old: PodSpec, path: FieldPath): Findings {
  const known = new Set((old.schedulingGates ?? []).map((gate) => gate.name));
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    if (known.has(name)) continue;
    const message = `only deletion is allowed, but found new scheduling gate '${name}'`;
    yield fieldErrors.forbidden(path.index(i), message);
  }
}

function withImagesOf(containers: readonly Container[] | undefined, old: readonly Container[] | undefined) {
  return containers?.map((container, i) => ({ ...container, image: old?.[i]?.image }));
}

function isGated(spec: PodSpec): boolean {
  return (spec.schedulingGates?.length ?? 0) > 0;
}

/** No scheduler has looked at a gated pod yet, so its choice of nodes may still narrow. */
function* validateNodesNarrowed(spec: PodSpec, old: PodSpec, path: FieldPath): Findings {
  if (!isGated(old)) return;
  if (Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value)) return;
  const message = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  yield fieldErrors.invalid(path, spec.nodeSelector ?? null, message);
}

/** The new spec with all that may change set back, so that what still differs may not. */
function withChangeableOf(spec: PodSpec, old: PodSpec): PodSpec {
  const graceFixed = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers) ?? [],
    initContainers: withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(graceFixed && { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds }),
    ...(isGated(old) && { nodeSelector: old.nodeSelector }),
  };
}

/** A running pod is what it was made as: little of its spec can change. */
export function* validatePodUpdate(pod: Pod, oldPod: Pod): Findings {
  const path = fieldPath('spec');
  const { spec } = pod;
  const old = oldPod.spec;
  if (yield* validateSameContainers(spec.containers, old.containers, path.child('containers'))) return;
  const [init, oldInit] = [spec.initContainers ?? [], old.initContainers ?? []];
  if (yield* validateSameContainers(init, oldInit, path.child('initContainers'))) return;
  const deadline = deadlineFinding(
    spec.activeDeadlineSeconds,
    old.activeDeadlineSeconds,
    path.child('activeDeadlineSeconds'),
  );
  if (deadline) {
    yield deadline;
    return;
  }
  yield* validateTolerationsKept(spec, old, path.child('tolerations'));
  yield* validateGatesOnlyRemoved(spec, old, path.child('schedulingGates'));
  yield* validateNodesNarrowed(spec, old, path.child('nodeSelector'));
  const rest = withChangeableOf(spec, old);
  if (semanticEqual(rest, old)) return;
  const message = `pod updates may not change fields other than ${changeable}\n${changedFields(rest, old)}`;
  yield fieldErrors.forbidden(path, message);
}
