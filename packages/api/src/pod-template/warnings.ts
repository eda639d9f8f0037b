import type { FieldPath } from '@trireme/api-machinery';
import type { Container, PodSpec } from '@trireme/schema/types/core/v1';

/** A variable set twice: the later hides the earlier, and clients that merge by name may drop one. */
function* hiddenVariables(container: Container, path: FieldPath): Iterable<string> {
  const names = new Set<string>();
  for (const [i, { name }] of (container.env ?? []).entries()) {
    if (names.has(name)) {
      const field = path.child('env').index(i);
      yield `${field}: hides previous definition of "${name}", which may be dropped when using apply`;
    }
    names.add(name);
  }
}

/** What is allowed in a pod's spec but seldom meant. */
export function* podSpecWarnings(spec: PodSpec | undefined, path: FieldPath): Iterable<string> {
  for (const name of ['initContainers', 'containers'] as const) {
    for (const [i, container] of (spec?.[name] ?? []).entries()) {
      yield* hiddenVariables(container, path.child(name).index(i));
    }
  }
}
