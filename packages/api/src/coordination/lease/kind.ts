import { type FieldError, fieldErrors, fieldPath, nonNegativeMessage } from '@trireme/api-machinery';
import { leases } from '@trireme/schema/resources';
import type { Lease } from '@trireme/schema/types/coordination/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';

function validate({ spec }: Lease): readonly FieldError[] {
  const findings: FieldError[] = [];
  const path = fieldPath('spec');
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions, preferredHolder, strategy } = spec ?? {};
  if (seconds !== undefined && seconds <= 0) {
    findings.push(fieldErrors.invalid(path.child('leaseDurationSeconds'), seconds, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    findings.push(fieldErrors.invalid(path.child('leaseTransitions'), transitions, nonNegativeMessage));
  }
  if (preferredHolder && !strategy) {
    const message = 'may only be specified if `strategy` is defined';
    findings.push(fieldErrors.invalid(path.child('preferredHolder'), preferredHolder, message));
  }
  return findings;
}

export const leaseKind: Kind<Lease> = defineKind({
  ref: leases,
  typeId: 'api.coordination.v1.Lease',
  createOnUpdate: true,
  validate,
  ...defineColumns<Lease>([
    nameColumn,
    { name: 'Holder', description: 'Who holds it.', cell: ({ spec }) => spec?.holderIdentity ?? '' },
    ageColumn,
  ]),
});
