import { type FieldError, fieldErrors, fieldPath, validateFinalizers, withLabels } from '@trireme/api-machinery';
import { namespaces } from '@trireme/schema/resources';
import type { Namespace } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import { fill, over } from '../../fill.ts';
import type { Kind } from '../../kind.ts';

/** Held until the namespace controller has emptied the namespace. */
const contentFinalizer = 'kubernetes';
const nameLabel = 'kubernetes.io/metadata.name';

function defaults(namespace: Namespace): Namespace {
  const { name } = namespace.metadata;
  const labelled = name ? withLabels(namespace, { [nameLabel]: name }) : namespace;
  return over(fill(labelled, { status: {} }), 'status', (status) => fill(status, { phase: 'Active' }));
}

function prepareForCreate(namespace: Namespace): Namespace {
  const finalizers = namespace.spec?.finalizers ?? [];
  const held = finalizers.includes(contentFinalizer) ? finalizers : [...finalizers, contentFinalizer];
  return { ...namespace, spec: { ...namespace.spec, finalizers: held }, status: { phase: 'Active' } };
}

function validateStatusUpdate(namespace: Namespace): readonly FieldError[] {
  const phase = namespace.status?.phase;
  if (namespace.metadata.deletionTimestamp === undefined) {
    if (phase === 'Active') return [];
    const message = "may only be 'Active' if `deletionTimestamp` is empty";
    return [fieldErrors.invalid('status.Phase', phase ?? '', message)];
  }
  if (phase === 'Terminating') return [];
  const message = "may only be 'Terminating' if `deletionTimestamp` is not empty";
  return [fieldErrors.invalid('status.Phase', phase ?? '', message)];
}

export const namespaceKind: Kind<Namespace> = defineKind({
  ref: namespaces,
  typeId: 'api.core.v1.Namespace',
  shortNames: ['ns'],
  // A namespace takes all that is in it along, so there is no deleting of many at once.
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: true,
  nameRule: 'dns-label',
  defaults,
  prepareForCreate,
  prepareForUpdate: (namespace, old) => ({
    ...namespace,
    spec: { ...namespace.spec, finalizers: old.spec?.finalizers },
  }),
  prepareForStatusUpdate: (namespace, old) => ({ ...namespace, spec: old.spec }),
  validate: ({ spec }) => validateFinalizers(spec?.finalizers, fieldPath('spec', 'finalizers')),
  validateStatusUpdate,
  selectableFields: ({ metadata, status }) => ({ name: metadata.name, 'status.phase': status?.phase ?? '' }),
  ...defineColumns<Namespace>([
    nameColumn,
    {
      name: 'Status',
      description: 'Active, or Terminating once it was deleted.',
      cell: ({ status }) => status?.phase ?? '',
    },
    ageColumn,
  ]),
  graceful: ({ spec }) =>
    (spec?.finalizers?.length ?? 0) > 0 ? { type: 'mark', gracePeriodSeconds: 0 } : { type: 'now' },
  prepareForDelete: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }),
  subresources: {
    finalize: {
      prepare: (namespace, old) => ({ ...namespace, status: old.status }),
      validate: ({ spec }) => validateFinalizers(spec?.finalizers, fieldPath('spec', 'finalizers')),
    },
  },
});
