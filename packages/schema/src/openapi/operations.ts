import type { JsonObject, JsonValue } from '@trireme/base';
import type { GroupVersionKind } from '../object.ts';
import { type Dialect, schemaRef } from './schemas.ts';

/** What an operation on a resource or subresource does, as `x-kubernetes-action` names it. */
export type Action = 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect';

export interface OperationInput {
  readonly action: Action;
  readonly dialect: Dialect;
  readonly id: string;
  readonly tag: string;
  readonly kind: GroupVersionKind;
  /** What the body and the answer are. Absent: not described. */
  readonly bodyTypeId?: string | undefined;
  readonly answerTypeId?: string | undefined;
}

type ParameterType = 'string' | 'boolean' | 'integer';

const list: readonly (readonly [string, ParameterType])[] = [
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['resourceVersion', 'string'],
  ['resourceVersionMatch', 'string'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
];
const write: readonly (readonly [string, ParameterType])[] = [
  ['dryRun', 'string'],
  ['fieldManager', 'string'],
  ['fieldValidation', 'string'],
];
const remove: readonly (readonly [string, ParameterType])[] = [
  ['dryRun', 'string'],
  ['gracePeriodSeconds', 'integer'],
  ['ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean'],
  ['orphanDependents', 'boolean'],
  ['propagationPolicy', 'string'],
];
const queryParameters: Readonly<Record<Action, readonly (readonly [string, ParameterType])[]>> = {
  list: [...list, ['watch', 'boolean']],
  get: [],
  post: write,
  put: write,
  patch: [...write, ['force', 'boolean']],
  delete: remove,
  deletecollection: [...list.filter(([name]) => name !== 'allowWatchBookmarks'), ...remove],
  connect: [],
};

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const answerTypes = [json, yaml, protobuf];
const watchTypes = [`${json};stream=watch`, `${protobuf};stream=watch`];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** One HTTP method of a path. kubectl looks for the kind, and for the query parameters of `patch`. */
export function operation(input: OperationInput): JsonObject {
  const { action, dialect, kind } = input;
  const parameters = queryParameters[action].map(([name, type]) => queryParameter(name, type, dialect));
  const answer = action === 'connect' ? undefined : input.answerTypeId;
  return {
    tags: [input.tag],
    operationId: input.id,
    ...(dialect === 'v2' ? mediaTypesV2(input) : requestBodyV3(input)),
    ...(dialect === 'v2' && hasBody(input)
      ? { parameters: [...parameters, bodyParameterV2(input)] }
      : parameters.length > 0
        ? { parameters }
        : {}),
    responses: responses(answer, input),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { ...kind },
  };
}

/** A path parameter, or one of the query parameters that every method takes. */
export function pathParameter(name: string, place: 'path' | 'query', dialect: Dialect): JsonObject {
  return {
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    ...(dialect === 'v2' ? { type: 'string', uniqueItems: true } : { schema: { type: 'string', uniqueItems: true } }),
  };
}

function queryParameter(name: string, type: ParameterType, dialect: Dialect): JsonObject {
  const form = { type, uniqueItems: true };
  return { name, in: 'query', ...(dialect === 'v2' ? form : { schema: form }) };
}

function hasBody({ action, bodyTypeId }: OperationInput): boolean {
  return bodyTypeId !== undefined && ['post', 'put', 'patch', 'delete', 'deletecollection'].includes(action);
}

function mediaTypesV2(input: OperationInput): JsonObject {
  const consumes = input.action === 'patch' ? patchTypes : hasBody(input) ? answerTypes : ['*/*'];
  const produces = input.action === 'list' ? [...answerTypes, ...watchTypes] : answerTypes;
  return { consumes, produces: input.action === 'connect' ? ['*/*'] : produces, schemes: ['https'] };
}

function bodyParameterV2({ bodyTypeId, action, dialect }: OperationInput): JsonObject {
  const optional = action === 'delete' || action === 'deletecollection';
  return {
    name: 'body',
    in: 'body',
    ...(optional ? {} : { required: true }),
    schema: schemaRef(bodyTypeId ?? '', dialect),
  };
}

function requestBodyV3(input: OperationInput): JsonObject {
  if (!hasBody(input)) return {};
  const types = input.action === 'patch' ? patchTypes : ['*/*'];
  return { requestBody: { content: contentOf(types, input.bodyTypeId ?? '', input.dialect) } };
}

function contentOf(mediaTypes: readonly string[], typeId: string, dialect: Dialect): JsonObject {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: schemaRef(typeId, dialect) }]));
}

const answerNames: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
const answerCodes: Readonly<Partial<Record<Action, readonly string[]>>> = {
  post: ['200', '201', '202'],
  put: ['200', '201'],
  patch: ['200', '201'],
  delete: ['200', '202'],
};

function responses(typeId: string | undefined, { action, dialect }: OperationInput): JsonObject {
  const types = action === 'list' ? [...answerTypes, ...watchTypes] : answerTypes;
  const found: Record<string, JsonValue> = {};
  for (const code of answerCodes[action] ?? ['200']) {
    const description = answerNames[code] ?? '';
    if (typeId === undefined) found[code] = { description };
    else if (dialect === 'v2') found[code] = { description, schema: schemaRef(typeId, dialect) };
    else found[code] = { description, content: contentOf(types, typeId, dialect) };
  }
  found['401'] = { description: 'Unauthorized' };
  return found;
}
