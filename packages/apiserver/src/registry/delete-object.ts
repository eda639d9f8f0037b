import type { Kind } from '@trireme/api';
import { failedDeletePrecondition, statusErrors, timeText } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { DeleteOptions, ObjectMeta } from '@trireme/schema/types/meta/v1';
import type { Decision, Written } from '../store/object-store.ts';
import type { RegistryDeps, Target, WriteContext } from './registry.ts';
import { fromStored, toStored, writeTarget } from './stored-form.ts';

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

/** Deletes an object, or marks it for those who must act before it may go: its finalizers, or the kubelet for a pod. */
export async function deleteObject(
  deps: RegistryDeps,
  target: Target,
  options: DeleteOptions,
  context: WriteContext,
): Promise<Written & { readonly gone: boolean }> {
  const { kind, namespace, name } = target;
  let gone = false;
  const written = await deps.store.write(writeTarget(kind, namespace, name, context.dryRun), async (current) => {
    if (!current) throw statusErrors.notFound(kind.ref, name);
    const old = kind.defaults(fromStored(kind, current.object));
    const failed = failedDeletePrecondition(options.preconditions, old.metadata);
    if (failed) throw statusErrors.conflict(kind.ref, name, failed);
    await deps.admission.validate({
      operation: 'DELETE',
      kind,
      subresource: '',
      namespace,
      name,
      user: context.user,
      object: undefined,
      old,
      dryRun: context.dryRun ?? false,
      warnings: context.warnings,
    });
    const decision = decide(deps, kind, old, options);
    gone = decision.type === 'remove';
    if (decision.type !== 'remove') return decision;
    return { type: 'remove', also: kind.allocations ? deps.allocations.services.release(old) : undefined };
  });
  return { ...written, gone };
}

function decide(deps: RegistryDeps, kind: Kind, old: ApiObject, options: DeleteOptions): Decision {
  const finalizers = finalizersAfter(kind, old, options);
  const graceful = kind.graceful?.(old, options) ?? { type: 'now' };
  if (graceful.type === 'now' && finalizers.length === 0) return { type: 'remove' };
  const graceSeconds = graceful.type === 'mark' ? graceful.gracePeriodSeconds : 0;
  const metadata = mark(deps.time.now(), old.metadata, graceSeconds, finalizers);
  if (metadata === old.metadata) return { type: 'keep' };
  const marked = { ...old, metadata };
  return { type: 'put', object: toStored(kind, kind.prepareForDelete?.(marked) ?? marked) };
}

/** Marked once, an object stays marked; a later deletion can only shorten the grace. */
function mark(nowMs: number, old: ObjectMeta, graceSeconds: number, finalizers: readonly string[]): ObjectMeta {
  const already = old.deletionTimestamp !== undefined;
  const shorter = graceSeconds < (old.deletionGracePeriodSeconds ?? 0);
  const sameFinalizers = JSON.stringify(finalizers) === JSON.stringify(old.finalizers ?? []);
  if (already && !shorter && sameFinalizers) return old;
  const { finalizers: _old, ...rest } = old;
  const kept = { ...rest, ...(finalizers.length > 0 && { finalizers }) };
  if (already && !shorter) return kept;
  return {
    ...kept,
    deletionTimestamp: timeText(nowMs + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
    ...(!already && old.generation && { generation: old.generation + 1 }),
  };
}

/** The finalizers that the asked propagation needs, in place of those of another propagation. */
function finalizersAfter(kind: Kind, old: ApiObject, options: DeleteOptions): readonly string[] {
  const present = old.metadata.finalizers ?? [];
  const others = present.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  const policy = propagationOf(options);
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  if (policy === 'Foreground') return [...others, foregroundFinalizer];
  if (policy === 'Background') return others;
  if (present.includes(orphanFinalizer)) return [...others, orphanFinalizer];
  if (present.includes(foregroundFinalizer)) return [...others, foregroundFinalizer];
  return kind.orphanByDefault ? [...others, orphanFinalizer] : others;
}

function propagationOf(options: DeleteOptions): string | undefined {
  if (options.propagationPolicy) return options.propagationPolicy;
  if (options.orphanDependents === undefined) return undefined;
  return options.orphanDependents ? 'Orphan' : 'Background';
}
