import { isJsonObject } from '@trireme/base';
import type { Check } from './check-scalars.ts';

const group = 'apiextensions-apiserver.pkg.apis.apiextensions.v1';

/**
 * The places in a custom resource's schema where JSON allows one of two shapes. Upstream decodes what is within by
 * itself, so fields that it does not know are dropped there without an error or a warning.
 */
export function jsonSchemaChecks(typeId: string, ofType: (id: string) => Check): Check | undefined {
  if (!typeId.startsWith(`${group}.JSONSchemaPropsOr`)) return undefined;
  const schema = ofType(`${group}.JSONSchemaProps`);
  switch (typeId.slice(group.length + 1)) {
    case 'JSONSchemaPropsOrBool':
      return (value, context) => {
        if (typeof value === 'boolean') return value;
        if (!isJsonObject(value)) return context.refuse('boolean or JSON schema expected');
        return context.silently(() => schema(value, context));
      };
    case 'JSONSchemaPropsOrArray':
      return (value, context) =>
        context.silently(() =>
          Array.isArray(value) ? value.map((item) => schema(item, context)) : schema(value, context),
        );
    default:
      return (value, context) => (Array.isArray(value) ? value : context.silently(() => schema(value, context)));
  }
}
