import { fieldErrors, fieldPath } from '@trireme/api-machinery';
import { type Findings, mustNotBeNegative } from '../field-rules.ts';

interface Counts {
  readonly replicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
  readonly observedGeneration?: number | undefined;
  readonly collisionCount?: number | undefined;
}

/** The counts of a status: none negative, no part larger than the whole. `parts` are those of `replicas`. */
export function* validateCounts<S extends Counts>(status: S, parts: readonly (keyof S & string)[]): Findings {
  const path = fieldPath('status');
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const name of ['observedGeneration', 'replicas', ...parts] as const) {
    yield* mustNotBeNegative(path.child(name), status[name] as number | undefined);
  }
  for (const name of parts) {
    const count = (status[name] as number | undefined) ?? 0;
    if (count > replicas) {
      yield fieldErrors.invalid(path.child(name), count, 'cannot be greater than status.replicas');
    }
  }
  if (availableReplicas > readyReplicas) {
    yield fieldErrors.invalid(
      path.child('availableReplicas'),
      availableReplicas,
      'cannot be greater than readyReplicas',
    );
  }
}

/** Names of ReplicaSets and revisions are made with it, so it only grows. */
export function* validateCollisionCount(status: Counts, old: Counts): Findings {
  const path = fieldPath('status', 'collisionCount');
  yield* mustNotBeNegative(path, status.collisionCount);
  if (old.collisionCount !== undefined && (status.collisionCount ?? 0) < old.collisionCount) {
    yield fieldErrors.invalid(path, status.collisionCount ?? 0, 'cannot be decremented');
  }
}
