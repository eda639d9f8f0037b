import { timeText } from '@trireme/api-machinery';
import { equalJson } from '@trireme/base';
import { type Random, randomSuffix, randomUuid } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { ObjectMeta } from '@trireme/schema/types/meta/v1';
import type { DeleteCallOptions } from '../api-client.ts';

interface WithParts extends ApiObject {
  readonly spec?: { readonly finalizers?: readonly string[]; readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

/** What a server fills in when an object is made. */
export function prepareCreate(
  object: ApiObject,
  namespace: string | undefined,
  nowMs: number,
  random: Random,
): ApiObject {
  const { generateName, name } = object.metadata;
  const metadata: ObjectMeta = {
    ...object.metadata,
    name: name || `${generateName ?? ''}${randomSuffix(random)}`,
    uid: randomUuid(random),
    creationTimestamp: timeText(nowMs),
    generation: 1,
    ...(namespace ? { namespace } : {}),
  };
  const made: WithParts = { ...object, metadata };
  if (made.kind !== 'Namespace') return made;
  return { ...made, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } as ApiObject;
}

/** A write outside /status keeps the status, and the identity; a change of what is asked for counts as a generation. */
export function prepareUpdate(next: ApiObject, old: ApiObject, subresource: string | undefined): ApiObject {
  const fixed = {
    uid: old.metadata.uid,
    resourceVersion: old.metadata.resourceVersion,
    creationTimestamp: old.metadata.creationTimestamp,
    deletionTimestamp: old.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: old.metadata.deletionGracePeriodSeconds,
    generation: old.metadata.generation,
  };
  if (subresource === 'status') {
    return { ...old, status: (next as WithParts).status } as ApiObject;
  }
  const { status: _, ...rest } = next as WithParts;
  const merged = { ...rest, status: (old as WithParts).status, metadata: { ...next.metadata, ...fixed } } as WithParts;
  if (equalJson(contentOf(merged), contentOf(old))) return merged;
  return { ...merged, metadata: { ...merged.metadata, generation: (fixed.generation ?? 0) + 1 } } as ApiObject;
}

function contentOf(object: ApiObject): object {
  const { metadata: _, status: __, ...content } = object as WithParts;
  return content;
}

/** The object as a delete leaves it marked, or undefined where it is removed at once. */
export function prepareDelete(object: ApiObject, options: DeleteCallOptions, nowMs: number): ApiObject | undefined {
  const finalizers = new Set(object.metadata.finalizers ?? []);
  if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
  if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
  const graceSeconds = graceOf(object, options);
  const marked = withDeletion(object, [...finalizers], graceSeconds, nowMs);
  return isRemovable(marked) && graceSeconds === 0 ? undefined : marked;
}

function withDeletion(
  object: ApiObject,
  finalizers: readonly string[],
  graceSeconds: number,
  nowMs: number,
): ApiObject {
  const { metadata } = object;
  const marked: WithParts = {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 ? { finalizers } : {}),
      deletionTimestamp: metadata.deletionTimestamp ?? timeText(nowMs + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
  return marked.kind === 'Namespace'
    ? ({ ...marked, status: { ...marked.status, phase: 'Terminating' } } as ApiObject)
    : marked;
}

/** A pod on a node is removed by its kubelet, with grace 0; everything else goes at once. */
function graceOf(object: ApiObject, options: DeleteCallOptions): number {
  const pod = object as WithParts;
  if (object.kind !== 'Pod' || !pod.spec?.nodeName) return 0;
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 0;
  return options.gracePeriodSeconds ?? 30;
}

/** Nothing holds a marked object any more. */
export function isRemovable(object: ApiObject): boolean {
  const spec = (object as WithParts).spec;
  const heldBySpec = object.kind === 'Namespace' && (spec?.finalizers ?? []).length > 0;
  return (object.metadata.finalizers ?? []).length === 0 && !heldBySpec;
}
