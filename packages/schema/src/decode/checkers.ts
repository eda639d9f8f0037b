import { isJsonObject } from '@trireme/base';
import type { FieldType, TypeData, TypeExpr, TypeTable } from '../type-table.ts';
import { type Check, checkAny, checkIntOrString, checkQuantity, scalarCheck, timeCheck } from './check-scalars.ts';
import type { DecodeContext } from './decode-context.ts';
import { goElementName, goTypeName, goTypeNameOfField } from './go-type-name.ts';
import { jsonSchemaChecks } from './json-schema-checks.ts';

/** Compiles a type into a function on first use, and keeps it. One per table. */
export interface Checkers {
  ofType(typeId: string): Check;
}

const caches = new WeakMap<TypeTable, Checkers>();

export function checkersOf(table: TypeTable): Checkers {
  let checkers = caches.get(table);
  if (!checkers) {
    checkers = createCheckers(table);
    caches.set(table, checkers);
  }
  return checkers;
}

function createCheckers(table: TypeTable): Checkers {
  const compiled = new Map<string, Check>();
  const ofType = (typeId: string): Check => {
    const known = compiled.get(typeId);
    if (known) return known;
    // Types refer to themselves (JSONSchemaProps), so the fields of a struct are compiled when the first value comes.
    const check = compileType(table, typeId, ofExpr, ofType);
    compiled.set(typeId, check);
    return check;
  };
  const ofExpr = (type: TypeExpr, goType: string): Check => {
    switch (type.kind) {
      case 'scalar':
        return scalarCheck(type.scalar, goType);
      case 'list':
        return listCheck(ofExpr(type.of, goElementName(goType, type.of)), zeroOf(table, type.of), goType);
      case 'map':
        return mapCheck(ofExpr(type.of, goElementName(goType, type.of)), zeroOf(table, type.of), goType);
      case 'named':
        return ofType(type.typeId);
    }
  };
  return { ofType };
}

type ExprCheck = (type: TypeExpr, goType: string) => Check;

const microTime = 'apimachinery.pkg.apis.meta.v1.MicroTime';

function compileType(table: TypeTable, typeId: string, ofExpr: ExprCheck, ofType: (id: string) => Check): Check {
  const type = table.type(typeId);
  if (!type) return checkAny;
  switch (type.is) {
    case 'string':
      return checkQuantity;
    case 'string:date-time':
      return timeCheck(typeId === microTime ? 'micros' : 'seconds');
    case 'string:int-or-string':
      return checkIntOrString;
    case 'any':
      return jsonSchemaChecks(typeId, ofType) ?? checkAny;
    case 'object':
      return checkAny;
    case undefined:
      return structCheck(type, ofExpr);
  }
}

interface FieldCheck {
  /** What `typeof` says of a value that needs no look; the common case of most fields. */
  readonly plain: 'string' | 'boolean' | undefined;
  /** A zero says no more than a field that is not there, and upstream would not write it out again. */
  readonly dropsZero: boolean;
  readonly check: Check;
}

function fieldCheck(field: FieldType, ofExpr: ExprCheck): FieldCheck {
  const scalar = field.type.kind === 'scalar' ? field.type.scalar : undefined;
  const plain = scalar === 'string' || scalar === 'boolean' ? scalar : undefined;
  const dropsZero = scalar !== undefined && !field.pointer && !field.writesZero;
  return { plain, dropsZero, check: ofExpr(field.type, goTypeNameOfField(field)) };
}

function isZero(value: unknown): boolean {
  return value === '' || value === false || value === 0;
}

function structCheck(type: TypeData, ofExpr: ExprCheck): Check {
  const goType = goTypeName({ kind: 'named', typeId: type.id });
  const owner = type.id.slice(type.id.lastIndexOf('.') + 1);
  const checks = new Map<string, FieldCheck>();
  const checkOf = (name: string): FieldCheck | undefined => {
    const known = checks.get(name);
    if (known) return known;
    const field = type.fields.get(name);
    if (!field) return undefined;
    const check = fieldCheck(field, ofExpr);
    checks.set(name, check);
    return check;
  };
  return (value, context) => {
    if (!isJsonObject(value)) return context.mismatch(value, goType);
    let copy: Record<string, unknown> | undefined;
    for (const name in value) {
      const item = value[name];
      if (item === undefined) continue;
      const field = checkOf(name);
      if (field === undefined) context.unknown(name);
      if (field === undefined || item === null || (field.dropsZero && isZero(item) && field.plain === typeof item)) {
        copy ??= { ...value };
        delete copy[name];
        continue;
      }
      if (field.plain !== undefined && typeof item === field.plain) continue;
      context.push(name, owner);
      const checked = field.check(item, context);
      context.pop();
      if (field.dropsZero && isZero(checked)) {
        copy ??= { ...value };
        delete copy[name];
      } else if (checked !== item) {
        copy ??= { ...value };
        copy[name] = checked;
      }
    }
    return copy ?? value;
  };
}

function listCheck(element: Check, zero: unknown, goType: string): Check {
  return (value, context) => {
    if (!Array.isArray(value)) return context.mismatch(value, goType);
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const checked = item === null ? zero : checkWithin(element, item, i, context);
      if (checked !== item) {
        copy ??= [...value];
        copy[i] = checked;
      }
    }
    return copy ?? value;
  };
}

function mapCheck(element: Check, zero: unknown, goType: string): Check {
  return (value, context) => {
    if (!isJsonObject(value)) return context.mismatch(value, goType);
    let copy: Record<string, unknown> | undefined;
    for (const key in value) {
      const item = value[key];
      if (item === undefined) continue;
      const checked = item === null ? zero : checkWithin(element, item, key, context);
      if (checked !== item) {
        copy ??= { ...value };
        setOwn(copy, key, checked);
      }
    }
    return copy ?? value;
  };
}

/** A user's key may be '__proto__', which plain assignment would take for the prototype. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
  else target[key] = value;
}

function checkWithin(check: Check, value: unknown, step: string | number, context: DecodeContext): unknown {
  context.push(step, '');
  const checked = check(value, context);
  context.pop();
  return checked;
}

/** What Go leaves in a list or map where the JSON says null. */
function zeroOf(table: TypeTable, type: TypeExpr): unknown {
  switch (type.kind) {
    case 'scalar':
      return type.scalar === 'boolean' ? false : type.scalar.startsWith('string') ? '' : 0;
    case 'list':
      return [];
    case 'map':
      return {};
    case 'named': {
      const is = table.type(type.typeId)?.is;
      return is === 'string'
        ? '0'
        : is === 'string:int-or-string'
          ? 0
          : is === undefined || is === 'object'
            ? {}
            : null;
    }
  }
}
