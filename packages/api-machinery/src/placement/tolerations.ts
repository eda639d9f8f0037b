import type { Pod, Taint, Toleration } from '@trireme/schema/types/core/v1';
import { wholeNumber } from './whole-number.ts';

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator || 'Equal';
  if (operator === 'Exists') return true;
  // Without a key only Exists says anything: it tolerates everything.
  if (!toleration.key) return false;
  if (operator === 'Equal') return (toleration.value ?? '') === (taint.value ?? '');
  return compares(operator, taint.value, toleration.value);
}

function compares(operator: 'Gt' | 'Lt', taintValue: string | undefined, value: string | undefined): boolean {
  const [have, bound] = [wholeNumber(taintValue), wholeNumber(value)];
  if (have === undefined || bound === undefined) return false;
  return operator === 'Gt' ? have > bound : have < bound;
}

/** The first taint with one of these effects that the pod does not tolerate. */
export function untoleratedTaint(
  pod: Pod,
  taints: readonly Taint[] | undefined,
  effects: readonly Taint['effect'][],
): Taint | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  return taints?.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}
