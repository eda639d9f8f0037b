import { fieldPath } from '@trireme/api-machinery';
import { services } from '@trireme/schema/resources';
import type { Service } from '@trireme/schema/types/core/v1';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { validateAddressesKept } from './addresses.ts';
import { serviceColumns } from './columns.ts';
import { defaultService } from './defaults.ts';
import { prepareServiceForCreate, prepareServiceForUpdate } from './prepare.ts';
import { validateBalancerKept, validateService } from './validate.ts';

export const serviceKind: Kind<Service> = defineKind({
  ref: services,
  typeId: 'api.core.v1.Service',
  shortNames: ['svc'],
  categories: ['all'],
  hasStatus: true,
  nameRule: 'dns-label',
  defaults: defaultService,
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  prepareForStatusUpdate: (service, old) => ({ ...service, spec: old.spec }),
  validate: (service) => [...validateService(service)],
  validateUpdate: (service, old) => [
    ...validateAddressesKept(service.spec, old.spec, fieldPath('spec')),
    ...validateBalancerKept(service.spec, old.spec, fieldPath('spec')),
  ],
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  ...serviceColumns,
  allocations: ['service-addresses'],
});
