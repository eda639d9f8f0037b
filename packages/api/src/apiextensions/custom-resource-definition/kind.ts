import { customresourcedefinitions } from '@trireme/schema/resources';
import type { CustomResourceDefinition } from '@trireme/schema/types/apiextensions/v1';
import { nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';

/**
 * Can be listed, and nothing more yet: clients look here before they call a kind unknown (`kubectl create` does), and a
 * server that took definitions without serving them would lie.
 */
export const customResourceDefinitionKind: Kind<CustomResourceDefinition> = defineKind({
  ref: customresourcedefinitions,
  typeId: 'apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  verbs: ['get', 'list', 'watch'],
  hasStatus: true,
  ...defineColumns<CustomResourceDefinition>([
    nameColumn,
    {
      name: 'Created At',
      type: 'date',
      description: 'When the definition was created.',
      cell: (definition) => definition.metadata.creationTimestamp ?? '',
    },
  ]),
});
