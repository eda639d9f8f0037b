import type { LabelSelector as LabelSelectorObject, LabelSelectorRequirement } from '@trireme/schema/types/meta/v1';
import { type FieldError, fieldErrors } from '../errors/field-error.ts';
import type { FieldPath } from '../errors/field-path.ts';
import { goQuote } from '../errors/go-quote.ts';
import { labelValueErrors, qualifiedNameErrors } from '../meta/names.ts';
import { validateLabels } from '../meta/validate-object-meta.ts';
import { parseRequirements, SelectorError } from './label-parser.ts';
import {
  compileRequirement,
  createRequirement,
  type LabelOperator,
  type LabelRequirement,
  type Labels,
  requirementText,
} from './requirement.ts';

/** A compiled label selector. Immutable: share it freely. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
  /** True where it selects everything. */
  readonly empty: boolean;
  matches(labels: Labels | undefined): boolean;
  /** The text that `?labelSelector=` takes. */
  toString(): string;
}

const noLabels: Labels = {};

function createSelector(requirements: readonly LabelRequirement[]): LabelSelector {
  const tests = requirements.map(compileRequirement);
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (labels = noLabels) => tests.every((matches) => matches(labels)),
    toString: () => requirements.map(requirementText).join(','),
  };
}

export const everything: LabelSelector = createSelector([]);

/** What an absent LabelSelector selects. */
export const nothing: LabelSelector = { requirements: [], empty: false, matches: () => false, toString: () => '' };

/** 'app=web,tier in (a,b),!old,size>3'. Throws SelectorError with upstream's message. */
export function parseLabelSelector(text: string): LabelSelector {
  return text === '' ? everything : createSelector(parseRequirements(text));
}

/** Exactly these labels: a Service's or a ReplicationController's selector map. */
export function selectorOfLabels(labels: Labels | undefined): LabelSelector {
  const keys = Object.keys(labels ?? {}).sort();
  return createSelector(keys.map((key) => ({ key, operator: '=', values: [labels?.[key] ?? ''] })));
}

const operatorOf: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

function fromExpression({ key, operator, values = [] }: LabelSelectorRequirement): LabelRequirement {
  const known = operatorOf[operator];
  if (!known) throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
  const made = createRequirement(key, known, values);
  if ('error' in made) throw new SelectorError(made.error);
  return made.requirement;
}

/** The selector of a LabelSelector object: absent selects nothing, empty everything. Throws SelectorError. */
export function selectorOf(object: LabelSelectorObject | undefined): LabelSelector {
  if (!object) return nothing;
  const { matchLabels = {}, matchExpressions = [] } = object;
  const equalities = Object.keys(matchLabels).map((key) => {
    const made = createRequirement(key, '=', [matchLabels[key] ?? '']);
    if ('error' in made) throw new SelectorError(made.error);
    return made.requirement;
  });
  const requirements = [...equalities, ...matchExpressions.map(fromExpression)];
  if (requirements.length === 0) return everything;
  return createSelector(requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

/** As kubectl and the tables print a LabelSelector: '<none>' for one that selects all or nothing. */
export function formatLabelSelector(object: LabelSelectorObject | undefined): string {
  try {
    return selectorOf(object).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

function validateExpression(expression: LabelSelectorRequirement, path: FieldPath): readonly FieldError[] {
  const { key, operator, values = [] } = expression;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(fieldErrors.required(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        fieldErrors.forbidden(
          path.child('values'),
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      );
    }
  } else errors.push(fieldErrors.invalid(path.child('operator'), operator, 'not a valid selector operator'));
  for (const message of qualifiedNameErrors(key)) errors.push(fieldErrors.invalid(path.child('key'), key, message));
  for (const [i, value] of values.entries()) {
    for (const message of labelValueErrors(value)) {
      errors.push(fieldErrors.invalid(path.child('values').index(i), value, message));
    }
  }
  return errors;
}

export function validateLabelSelector(object: LabelSelectorObject | undefined, path: FieldPath): readonly FieldError[] {
  if (!object) return [];
  return [
    ...validateLabels(object.matchLabels, path.child('matchLabels')),
    ...(object.matchExpressions ?? []).flatMap((expression, i) =>
      validateExpression(expression, path.child('matchExpressions').index(i)),
    ),
  ];
}
