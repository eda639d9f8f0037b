import type { FieldError } from '@trireme/api-machinery';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { Kind, Verb } from './kind.ts';
import { zeroRequired } from './zero-required.ts';

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What nearly all kinds answer alike may be left out of a definition. */
type Usual =
  | 'listKind'
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'verbs'
  | 'hasStatus'
  | 'hasGeneration'
  | 'nameRule'
  | 'defaults'
  | 'validate'
  | 'validateUpdate';

export type KindDefinition<T extends ApiObject> = Omit<Kind<T>, Usual> & Partial<Pick<Kind<T>, Usual>>;

/** Completes a definition with the usual answers: every verb, a DNS subdomain as name, no status, no defaults, no rules. */
export function defineKind<T extends ApiObject>(
  definition: KindDefinition<T> & { readonly ref: ResourceRef<T> },
): Kind<T> {
  const { kind } = definition.ref;
  return {
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    hasStatus: false,
    hasGeneration: false,
    nameRule: 'dns-subdomain',
    validate: (): readonly FieldError[] => [],
    validateUpdate: (): readonly FieldError[] => [],
    ...definition,
    defaults(object) {
      const complete = zeroRequired(definition.typeId, object);
      return definition.defaults?.(complete) ?? complete;
    },
  };
}
