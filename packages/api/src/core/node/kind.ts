import { type FieldError, fieldErrors, fieldPath, semanticEqual } from '@trireme/api-machinery';
import { nodes } from '@trireme/schema/resources';
import type { Node } from '@trireme/schema/types/core/v1';
import { defineKind } from '../../define-kind.ts';
import { type Findings, mustFit } from '../../field-rules.ts';
import { over } from '../../fill.ts';
import { cidrErrors } from '../../ip-rules.ts';
import type { Kind } from '../../kind.ts';
import { validateAmount } from '../../pod-template/validate-resources.ts';
import { validateTaints } from '../../pod-template/validate-scheduling.ts';
import { canonicalAmounts } from '../../quantity-rules.ts';
import { nodeColumns } from './columns.ts';

/** The first range and the list of ranges tell the same, and what is not set aside can be given to pods. */
function defaults(node: Node): Node {
  const synced = over(node, 'spec', (spec) => {
    const first = spec.podCIDRs?.[0];
    if (first !== undefined && first !== spec.podCIDR) return { ...spec, podCIDR: first };
    return first === undefined && spec.podCIDR ? { ...spec, podCIDRs: [spec.podCIDR] } : spec;
  });
  return over(synced, 'status', (status) => {
    const capacity = over(status, 'capacity', canonicalAmounts);
    if (!capacity.allocatable && capacity.capacity) return { ...capacity, allocatable: capacity.capacity };
    return over(capacity, 'allocatable', canonicalAmounts);
  });
}

function* validate(node: Node): Findings {
  const path = fieldPath('spec');
  yield* validateTaints(node.spec?.taints ?? [], path.child('taints'));
  const ranges = node.spec?.podCIDRs ?? [];
  for (const [i, range] of ranges.entries()) yield* mustFit(cidrErrors, path.child('podCIDRs').index(i), range);
  const families = new Set(ranges.map((range) => range.includes(':')));
  if (ranges.length > 2 || families.size < ranges.length) {
    yield fieldErrors.invalid(path.child('podCIDRs'), ranges, 'may specify no more than one CIDR for each IP family');
  }
}

function* validateStatus({ status }: Node): Findings {
  for (const name of ['capacity', 'allocatable'] as const) {
    for (const [resource, amount] of Object.entries(status?.[name] ?? {})) {
      yield* validateAmount(resource, amount, fieldPath('status', name).key(resource));
    }
  }
  const seen = new Set<string>();
  for (const [i, address] of (status?.addresses ?? []).entries()) {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) yield fieldErrors.duplicate(fieldPath('status', 'addresses').index(i), address);
    seen.add(key);
  }
}

const onceMessage = (name: string): string => `node updates may not change ${name} except from "" to valid`;

function validateUpdate(node: Node, old: Node): readonly FieldError[] {
  const findings: FieldError[] = [];
  const path = fieldPath('spec');
  const before = old.spec ?? {};
  if ((before.podCIDRs?.length ?? 0) > 0 && !semanticEqual(node.spec?.podCIDRs, before.podCIDRs)) {
    findings.push(fieldErrors.forbidden(path.child('podCIDRs'), onceMessage('podCIDR')));
  }
  if (before.providerID && node.spec?.providerID !== before.providerID) {
    findings.push(fieldErrors.forbidden(path.child('providerID'), onceMessage('providerID')));
  }
  return findings;
}

export const nodeKind: Kind<Node> = defineKind({
  ref: nodes,
  typeId: 'api.core.v1.Node',
  shortNames: ['no'],
  hasStatus: true,
  keepsStatusOnCreate: true,
  defaults,
  prepareForStatusUpdate: (node, old) => ({ ...node, spec: old.spec }),
  validate: (node) => [...validate(node), ...validateStatus(node)],
  validateUpdate,
  validateStatusUpdate: (node) => [...validateStatus(node)],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
  ...nodeColumns,
});
