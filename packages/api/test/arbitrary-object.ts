import { builtinTypes, type TypeExpr } from '@trireme/schema';
import fc from 'fast-check';

const words = ['', 'a', 'web', 'Always', 'TCP', 'None', 'ClusterIP', 'NodePort', 'ExternalName', 'LoadBalancer'];
const texts = fc.constantFrom(...words, '10.0.0.1', '25%', '1', '500m', '0.5', '1Gi', 'Exists', 'In', 'RollingUpdate');
const numbers = fc.constantFrom(-1, 0, 1, 80, 600, 70000);

function scalar(name: string): fc.Arbitrary<unknown> {
  if (name === 'boolean') return fc.boolean();
  if (name === 'string') return texts;
  if (name === 'string:byte') return fc.constantFrom('', 'YQ==', 'e30=');
  return numbers;
}

function value(type: TypeExpr, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'scalar':
      return scalar(type.scalar);
    case 'list':
      return depth <= 0 ? fc.constant([]) : fc.array(value(type.of, depth), { maxLength: 2 });
    case 'map':
      return fc.dictionary(fc.constantFrom('cpu', 'memory', 'app', 'x/y', 'tls.crt'), value(type.of, depth), {
        maxKeys: 2,
      });
    case 'named':
      return named(type.typeId, depth);
  }
}

function named(typeId: string, depth: number): fc.Arbitrary<unknown> {
  const type = builtinTypes.type(typeId);
  switch (type?.is) {
    case 'string':
      return texts;
    case 'string:date-time':
      return fc.constant('2026-01-01T00:00:00Z');
    case 'string:int-or-string':
      return fc.oneof(numbers, texts);
    case 'any':
    case 'object':
      return fc.constant({});
    default:
      return fields(typeId, depth - 1);
  }
}

function fields(typeId: string, depth: number): fc.Arbitrary<unknown> {
  const type = builtinTypes.type(typeId);
  const all = [...(type?.fields.values() ?? [])].filter(({ name }) => name !== 'apiVersion' && name !== 'kind');
  // Few fields at a time, or objects would be too large to tell what broke.
  return fc
    .subarray(all, { maxLength: depth <= 0 ? 0 : Math.min(5, all.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((field) => [field.name, value(field.type, depth)]))));
}

/** An object with the fields of a type, which no one has checked: any of them missing, any text in any place. */
export function arbitraryObject(typeId: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  return fields(typeId, depth) as fc.Arbitrary<Record<string, unknown>>;
}
