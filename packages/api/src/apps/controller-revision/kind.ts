import { controllerOf, type FieldError, fieldErrors, fieldPath, validateImmutable } from '@trireme/api-machinery';
import { parseGvk } from '@trireme/schema';
import { controllerrevisions } from '@trireme/schema/resources';
import type { ControllerRevision } from '@trireme/schema/types/apps/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import { mustNotBeNegative } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';

/** 'statefulset.apps/web' */
function controllerCell(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return '<none>';
  const group = parseGvk(owner.apiVersion, owner.kind)?.group;
  return `${(group ? `${owner.kind}.${group}` : owner.kind).toLowerCase()}/${owner.name}`;
}

function validate(revision: ControllerRevision): readonly FieldError[] {
  const missing = revision.data === undefined ? [fieldErrors.required('data', 'data is mandatory')] : [];
  return [...missing, ...mustNotBeNegative(fieldPath('revision'), revision.revision)];
}

export const controllerRevisionKind: Kind<ControllerRevision> = defineKind({
  ref: controllerrevisions,
  typeId: 'api.apps.v1.ControllerRevision',
  validate,
  // A revision is what a template once was; only its number may move when it is rolled back to.
  validateUpdate: (revision, old) => validateImmutable(revision.data, old.data, 'data'),
  ...defineColumns<ControllerRevision>([
    nameColumn,
    { name: 'Controller', description: 'What it is a revision of.', cell: controllerCell },
    {
      name: 'Revision',
      type: 'integer',
      description: 'Its number: later revisions have larger ones.',
      cell: ({ revision }) => revision,
    },
    ageColumn,
  ]),
});
