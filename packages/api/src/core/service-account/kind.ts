import { serviceaccounts } from '@trireme/schema/resources';
import type { ServiceAccount } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';

export const serviceAccountKind: Kind<ServiceAccount> = defineKind({
  ref: serviceaccounts,
  typeId: 'api.core.v1.ServiceAccount',
  shortNames: ['sa'],
  ...defineColumns<ServiceAccount>([
    nameColumn,
    {
      name: 'Secrets',
      description: 'How many secrets pods of this account may mount.',
      cell: ({ secrets }) => secrets?.length ?? 0,
    },
    ageColumn,
  ]),
});
