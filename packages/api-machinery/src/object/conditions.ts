/** What all condition types of the API share. */
export interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

export function getCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return getCondition(conditions, type)?.status === 'True';
}

function sameFields(a: ConditionLike, b: ConditionLike): boolean {
  const left: Record<string, unknown> = { ...a };
  return (
    Object.entries(b).every(([key, value]) => left[key] === value) && Object.keys(b).length === Object.keys(a).length
  );
}

/**
 * The conditions with this one set in its place, or added last. lastTransitionTime becomes `nowIso` where the status
 * changed, and stays otherwise. Nothing changed: the same list.
 */
export function setCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  condition: C,
  nowIso: string,
): readonly C[] {
  const all = conditions ?? [];
  const at = all.findIndex(({ type }) => type === condition.type);
  const old = all[at];
  const lastTransitionTime =
    old && old.status === condition.status
      ? (old.lastTransitionTime ?? nowIso)
      : (condition.lastTransitionTime ?? nowIso);
  const next: C = { ...condition, lastTransitionTime };
  if (!old) return [...all, next];
  return sameFields(old, next) ? all : all.with(at, next);
}

export function removeCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  const all = conditions ?? [];
  return all.some((condition) => condition.type === type) ? all.filter((condition) => condition.type !== type) : all;
}
