import { builtinTypes, type TypeExpr } from '@trireme/schema';

/**
 * The API has no missing required fields: what a client leaves out is the zero value of its type, which validation then
 * names. This sets those values, so that all code behind it can rely on what the types promise.
 */
export function zeroRequired<T extends object>(typeId: string, object: T): T {
  return planOf(typeId)(object) as T;
}

type Step = (value: object) => object;

const same: Step = (value) => value;
const plans = new Map<string, Step>();

/** Types that are optional in spirit: where one is required but missing, validation wants to say so itself. */
const leftMissing = new Set([
  'apimachinery.pkg.apis.meta.v1.LabelSelector',
  'apimachinery.pkg.apis.meta.v1.ObjectMeta',
  'api.core.v1.SecretReference',
]);

/** Built when a type is first met; a type that holds itself meets its own unfinished plan, which looks itself up. */
function planOf(typeId: string): Step {
  const known = plans.get(typeId);
  if (known) return known;
  plans.set(typeId, (value) => planOf(typeId)(value));
  const plan = buildPlan(typeId);
  plans.set(typeId, plan);
  return plan;
}

/** Declared optional, but a plain struct upstream: there also when nobody gave it. */
const everPresent = new Set(['spec', 'template']);

function buildPlan(typeId: string): Step {
  const steps: Step[] = [];
  for (const { name, type, required } of builtinTypes.type(typeId)?.fields.values() ?? []) {
    const inner = stepInto(type);
    const zero = required || everPresent.has(name) ? zeroOf(type) : undefined;
    if (inner === same && zero === undefined) continue;
    steps.push((value) => {
      const given = (value as Record<string, unknown>)[name];
      const current = given ?? zero;
      const next = typeof current === 'object' && current !== null ? inner(current) : current;
      return next === given ? value : { ...value, [name]: next };
    });
  }
  if (steps.length === 0) return same;
  return (value) => steps.reduce((current, step) => step(current), value);
}

function stepInto(type: TypeExpr): Step {
  if (type.kind === 'named') return planOf(type.typeId);
  if (type.kind !== 'list') return same;
  const inner = stepInto(type.of);
  if (inner === same) return same;
  return (items) => {
    const list = items as readonly object[];
    let changed: object[] | undefined;
    for (const [i, item] of list.entries()) {
      const next = inner(item ?? {});
      if (next === item) continue;
      changed ??= [...list];
      changed[i] = next;
    }
    return changed ?? list;
  };
}

function zeroOf(type: TypeExpr): unknown {
  switch (type.kind) {
    case 'list':
      return [];
    case 'map':
      return undefined;
    case 'scalar':
      return { boolean: false, string: '', 'string:byte': '', int32: 0, int64: 0, number: 0 }[type.scalar];
    case 'named': {
      if (leftMissing.has(type.typeId)) return undefined;
      const { is } = builtinTypes.type(type.typeId) ?? {};
      return is === undefined ? {} : undefined;
    }
  }
}
