import { setCondition, timeText } from '@trireme/api-machinery';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { NamespaceCondition } from '@trireme/schema/types/core/v1';

/** What is left of one resource in a namespace. */
export interface Remaining {
  readonly ref: ResourceRef<ApiObject>;
  readonly objects: readonly ApiObject[];
}

/** The five conditions that say how far a namespace's deletion has come. */
export function deletionConditions(
  before: readonly NamespaceCondition[] | undefined,
  remaining: readonly Remaining[],
  contentFailure: string | undefined,
  nowMs: number,
): readonly NamespaceCondition[] {
  const now = timeText(nowMs);
  const conditions: readonly NamespaceCondition[] = [
    condition('DeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'),
    condition(
      'DeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    contentFailure === undefined
      ? condition(
          'DeletionContentFailure',
          'False',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : condition('DeletionContentFailure', 'True', 'ContentDeletionFailed', contentFailure),
    remainingCondition(remaining),
    finalizerCondition(remaining),
  ];
  return conditions.reduce((all, next) => setCondition(all, next, now), before ?? []);
}

function condition(type: string, status: 'True' | 'False', reason: string, message: string): NamespaceCondition {
  return { type: `Namespace${type}`, status, reason, message };
}

function remainingCondition(remaining: readonly Remaining[]): NamespaceCondition {
  if (remaining.length === 0) {
    return condition('ContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed');
  }
  const texts = remaining.map(
    ({ ref, objects }) => `${ref.resource}.${ref.group} has ${objects.length} resource instances`,
  );
  const message = `Some resources are remaining: ${texts.toSorted().join(', ')}`;
  return condition('ContentRemaining', 'True', 'SomeResourcesRemain', message);
}

function finalizerCondition(remaining: readonly Remaining[]): NamespaceCondition {
  const counts = new Map<string, number>();
  for (const object of remaining.flatMap(({ objects }) => objects)) {
    for (const finalizer of object.metadata.finalizers ?? []) {
      counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
    }
  }
  if (counts.size === 0) {
    const message = 'All content-preserving finalizers finished';
    return condition('FinalizersRemaining', 'False', 'ContentHasNoFinalizers', message);
  }
  const texts = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  const message = `Some content in the namespace has finalizers remaining: ${texts.toSorted().join(', ')}`;
  return condition('FinalizersRemaining', 'True', 'SomeFinalizersRemain', message);
}
