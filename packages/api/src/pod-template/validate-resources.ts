import {
  compareQuantities,
  type FieldPath,
  fieldErrors,
  qualifiedNameErrors,
  tryParseQuantity,
} from '@trireme/api-machinery';
import type { ResourceRequirements } from '@trireme/schema/types/core/v1';
import { type Findings, mustFit } from '../field-rules.ts';
import { mustBeAmount } from '../quantity-rules.ts';
import {
  allowsOvercommit,
  isExtendedResource,
  isHugePages,
  isNativeResource,
  isStandardContainerResource,
  isStandardResource,
} from './resource-names.ts';

function* validateName(name: string, path: FieldPath): Findings {
  const messages = qualifiedNameErrors(name);
  yield* mustFit(() => messages, path, name);
  if (messages.length > 0) return;
  if (name.includes('/')) {
    if (!isNativeResource(name) && !isExtendedResource(name)) {
      yield fieldErrors.invalid(path, name, "doesn't follow extended resource name standard");
    }
    return;
  }
  if (!isStandardResource(name)) {
    yield fieldErrors.invalid(path, name, 'must be a standard resource type or fully qualified');
  }
  if (!isStandardContainerResource(name)) {
    yield fieldErrors.invalid(path, name, 'must be a standard resource for containers');
  }
}

/** An amount of a resource; vendors' devices come in whole numbers. */
export function* validateAmount(name: string, amount: string, path: FieldPath): Findings {
  yield* mustBeAmount(path, amount);
  const quantity = tryParseQuantity(amount);
  const whole = name === 'pods' || isExtendedResource(name);
  if (quantity && whole && quantity.nanos % 1_000_000_000n !== 0n) {
    yield fieldErrors.invalid(path, amount, 'must be an integer');
  }
}

function* validateAgainstLimit(
  name: string,
  request: string,
  { limits = {} }: ResourceRequirements,
  path: FieldPath,
): Findings {
  const limit = limits[name];
  if (limit === undefined) {
    if (!allowsOvercommit(name)) {
      yield fieldErrors.required(path.child('limits'), 'Limit must be set for non overcommitable resources');
    }
    return;
  }
  const [wanted, most] = [tryParseQuantity(request), tryParseQuantity(limit)];
  if (!wanted || !most) return;
  const order = compareQuantities(wanted, most);
  if (order !== 0 && !allowsOvercommit(name)) {
    yield fieldErrors.invalid(path.child('requests'), request, `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    const message = `must be less than or equal to ${name} limit of ${limit}`;
    yield fieldErrors.invalid(path.child('requests'), request, message);
  }
}

function* validateClaims(
  claims: NonNullable<ResourceRequirements['claims']>,
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): Findings {
  const seen = new Set<string>();
  for (const [i, { name, request }] of claims.entries()) {
    const key = request ? `${name}/${request}` : name;
    if (!name) yield fieldErrors.required(path.index(i));
    else if (seen.has(key)) yield fieldErrors.duplicate(path.index(i), name);
    else if (!claimNames.has(name)) yield fieldErrors.notFound(path.index(i), name);
    seen.add(key);
  }
}

/** What a container asks for and what it may use at most. */
export function* validateResources(
  resources: ResourceRequirements,
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): Findings {
  const { limits = {}, requests = {}, claims = [] } = resources;
  for (const [name, amount] of Object.entries(limits)) {
    yield* validateName(name, path.child('limits').key(name));
    yield* validateAmount(name, amount, path.child('limits').key(name));
  }
  for (const [name, amount] of Object.entries(requests)) {
    yield* validateName(name, path.child('requests').key(name));
    yield* validateAmount(name, amount, path.child('requests').key(name));
    yield* validateAgainstLimit(name, amount, resources, path);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    yield fieldErrors.forbidden(path, 'HugePages require cpu or memory');
  }
  yield* validateClaims(claims, claimNames, path.child('claims'));
}
