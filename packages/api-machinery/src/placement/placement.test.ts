import type { Node, NodeSelectorRequirement, Pod, Taint, Toleration } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { matchesTerm, nodeMatchesPod } from './node-selection.ts';
import { tolerates, untoleratedTaint } from './tolerations.ts';

const taint: Taint = { key: 'k', value: 'v', effect: 'NoExecute' };
const numbered: Taint = { key: 'sla', value: '950', effect: 'NoSchedule' };

describe('tolerations', () => {
  it.each<[Toleration, Taint, boolean]>([
    [{ key: 'k', value: 'v' }, taint, true],
    [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute' }, taint, true],
    [{ key: 'k', operator: 'Exists' }, taint, true],
    [{ operator: 'Exists' }, taint, true],
    [{ key: 'k', value: 'w' }, taint, false],
    [{ value: 'v' }, taint, false],
    [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }, taint, false],
    [{ key: 'l', operator: 'Exists' }, taint, false],
    [{ key: 'k' }, { key: 'k', effect: 'NoExecute' }, true],
    [{ key: 'sla', operator: 'Gt', value: '900' }, numbered, true],
    [{ key: 'sla', operator: 'Lt', value: '900' }, numbered, false],
    [{ key: 'sla', operator: 'Gt', value: 'much' }, numbered, false],
    [{ key: 'k', operator: 'Gt', value: '1' }, taint, false],
  ])('%j of %j: %s', (toleration, of, expected) => {
    expect(tolerates(toleration, of)).toBe(expected);
  });

  it('the first taint with a wanted effect that nothing tolerates is the one that counts', () => {
    const pod = { spec: { containers: [], tolerations: [{ key: 'k', operator: 'Exists' }] } } as unknown as Pod;
    expect(untoleratedTaint(pod, [taint, numbered], ['NoSchedule', 'NoExecute'])).toBe(numbered);
    expect(untoleratedTaint(pod, [taint, numbered], ['NoExecute'])).toBeUndefined();
  });
});

describe('selection of nodes', () => {
  const node = { metadata: { name: 'n1', labels: { zone: 'a', cores: '8' } } } as unknown as Node;
  it.each<[NodeSelectorRequirement, boolean]>([
    [{ key: 'zone', operator: 'In', values: ['a', 'b'] }, true],
    [{ key: 'zone', operator: 'NotIn', values: ['a'] }, false],
    [{ key: 'gone', operator: 'NotIn', values: ['a'] }, true],
    [{ key: 'zone', operator: 'Exists' }, true],
    [{ key: 'gone', operator: 'DoesNotExist' }, true],
    [{ key: 'cores', operator: 'Gt', values: ['4'] }, true],
    [{ key: 'cores', operator: 'Lt', values: ['4'] }, false],
    [{ key: 'zone', operator: 'Gt', values: ['4'] }, false],
  ])('%j: %s', (requirement, expected) => {
    expect(matchesTerm({ matchExpressions: [requirement] }, node)).toBe(expected);
  });

  it('by field knows the name alone, and an empty term chooses nothing', () => {
    const byField = (key: string): boolean =>
      matchesTerm({ matchFields: [{ key, operator: 'In', values: ['n1'] }] }, node);
    expect([byField('metadata.name'), byField('metadata.uid'), matchesTerm({}, node)]).toEqual([true, false, false]);
  });

  it('needs every label of nodeSelector', () => {
    const pod = (nodeSelector: Record<string, string>): Pod =>
      ({ spec: { containers: [], nodeSelector } }) as unknown as Pod;
    expect([nodeMatchesPod(pod({ zone: 'a' }), node), nodeMatchesPod(pod({ zone: 'a', disk: 'ssd' }), node)]).toEqual([
      true,
      false,
    ]);
  });
});
