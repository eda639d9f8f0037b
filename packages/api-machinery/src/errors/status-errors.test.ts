import { describe, expect, test } from 'vitest';
import { aggregateFieldErrors, fieldErrorMessage, fieldErrors } from './field-error.ts';
import { fieldPath } from './field-path.ts';
import { goPrint } from './go-print.ts';
import { goQuote } from './go-quote.ts';
import { isStatus, type StatusError } from './status-error.ts';
import { statusErrors } from './status-errors.ts';
import { deletedStatus, failedDeletePrecondition, failedPrecondition, forbiddenText, statusOf } from './status-of.ts';

const pods = { group: '', resource: 'pods' };
const deployments = { group: 'apps', resource: 'deployments' };

describe('status errors carry upstream texts, codes, reasons and details', () => {
  const table: readonly (readonly [StatusError, number, string, string, unknown])[] = [
    [statusErrors.notFound(pods, 'web'), 404, 'NotFound', 'pods "web" not found', { name: 'web', kind: 'pods' }],
    [
      statusErrors.notFound(deployments, 'web'),
      404,
      'NotFound',
      'deployments.apps "web" not found',
      { name: 'web', group: 'apps', kind: 'deployments' },
    ],
    [statusErrors.unknownResource(), 404, 'NotFound', 'the server could not find the requested resource', {}],
    [
      statusErrors.alreadyExists(pods, 'web'),
      409,
      'AlreadyExists',
      'pods "web" already exists',
      { name: 'web', kind: 'pods' },
    ],
    [
      statusErrors.staleObject(pods, 'x'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'x', kind: 'pods' },
    ],
    [
      statusErrors.forbidden(pods, 'x', 'no'),
      403,
      'Forbidden',
      'pods "x" is forbidden: no',
      { name: 'x', kind: 'pods' },
    ],
    [statusErrors.badRequest('bad'), 400, 'BadRequest', 'bad', undefined],
    [statusErrors.unauthorized(), 401, 'Unauthorized', 'Unauthorized', undefined],
    [
      statusErrors.methodNotSupported(pods, 'create'),
      405,
      'MethodNotAllowed',
      'create is not supported on resources of kind "pods"',
      { kind: 'pods' },
    ],
    [
      statusErrors.notAcceptable(['application/json', 'application/yaml']),
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json, application/yaml',
      undefined,
    ],
    [
      statusErrors.requestEntityTooLarge('limit is 3145728'),
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
      undefined,
    ],
    [statusErrors.tooManyRequests('wait', 3), 429, 'TooManyRequests', 'wait', { retryAfterSeconds: 3 }],
    [statusErrors.timeout('slow'), 504, 'Timeout', 'Timeout: slow', undefined],
    [
      statusErrors.serverTimeout(pods, 'get', 2),
      500,
      'ServerTimeout',
      'The get operation against pods could not be completed at this time, please try again.',
      { name: 'get', kind: 'pods', retryAfterSeconds: 2 },
    ],
    [
      statusErrors.internalError('boom'),
      500,
      'InternalError',
      'Internal error occurred: boom',
      { causes: [{ message: 'boom' }] },
    ],
    [statusErrors.watchExpired(), 410, 'Expired', 'The resourceVersion for the provided watch is too old.', undefined],
    [
      statusErrors.resourceVersionTooLarge('9', '4'),
      504,
      'Timeout',
      'Timeout: Too large resource version: 9, current: 4',
      {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    ],
  ];
  for (const [error, code, reason, message, details] of table) {
    test(message, () => {
      expect(error.status).toEqual({
        apiVersion: 'v1',
        kind: 'Status',
        metadata: {},
        status: 'Failure',
        code,
        reason,
        message,
        ...(details !== undefined && { details }),
      });
      expect(error.message).toBe(message);
      expect(isStatus(error, error.code)).toBe(true);
    });
  }

  test('an expired continue token may come with one for the rest', () => {
    expect(statusErrors.continueExpired().status.metadata).toEqual({});
    expect(statusErrors.continueExpired('abc').status.metadata).toEqual({ continue: 'abc' });
  });
});

describe('invalid', () => {
  const name = fieldErrors.required(fieldPath('metadata', 'name'), 'name or generateName is required');
  const replicas = fieldErrors.invalid('spec.replicas', -1, 'must be greater than or equal to 0');

  test('one finding stands alone', () => {
    const { status } = statusErrors.invalid({ group: 'apps', kind: 'Deployment' }, 'web', [replicas]);
    expect(status.code).toBe(422);
    expect(status.message).toBe(
      'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(status.details).toEqual({
      name: 'web',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: -1: must be greater than or equal to 0',
          field: 'spec.replicas',
        },
      ],
    });
  });

  test('several stand in brackets, each once, while the causes keep them all', () => {
    const { status } = statusErrors.invalid({ group: '', kind: 'Pod' }, '', [name, replicas, name]);
    expect(status.message).toBe(
      'Pod "" is invalid: [metadata.name: Required value: name or generateName is required, spec.replicas: Invalid value: -1: must be greater than or equal to 0]',
    );
    expect(status.details?.causes).toHaveLength(3);
  });

  test('none', () => {
    expect(statusErrors.invalid({ group: '', kind: 'Pod' }, 'x', []).message).toBe('Pod "x" is invalid');
    expect(aggregateFieldErrors([])).toBe('');
  });
});

describe('field errors read as upstream', () => {
  const path = fieldPath('spec').child('containers').index(0);
  const table = [
    [fieldErrors.required(path.child('name')), 'spec.containers[0].name: Required value'],
    [fieldErrors.invalid('a', 'y', 'detail'), 'a: Invalid value: "y": detail'],
    [fieldErrors.invalid('a', { b: 1 }, 'detail'), 'a: Invalid value: {"b":1}: detail'],
    [fieldErrors.invalid('a', null, 'detail'), 'a: Invalid value: null: detail'],
    [fieldErrors.invalid('a', true, 'detail'), 'a: Invalid value: true: detail'],
    [fieldErrors.notSupported('a', 'z', ['A', 'B']), 'a: Unsupported value: "z": supported values: "A", "B"'],
    [fieldErrors.forbidden('a', 'not now'), 'a: Forbidden: not now'],
    [
      fieldErrors.duplicate(path.child('ports').key('http'), 'x'),
      'spec.containers[0].ports[http]: Duplicate value: "x"',
    ],
    [fieldErrors.tooLong('a', 63), 'a: Too long: may not be more than 63 bytes'],
    [fieldErrors.tooMany('a', 5, 1), 'a: Too many: 5: must have at most 1 item'],
    [fieldErrors.notFound('a', 'x'), 'a: Not found: "x"'],
    [fieldErrors.internal('a', 'boom'), 'a: Internal error: boom'],
  ] as const;
  for (const [error, message] of table) test(message, () => expect(fieldErrorMessage(error)).toBe(message));
});

test('quoting is that of Go', () => {
  expect(goQuote('a"b\\c\n\t\u0001é\u200b')).toBe('"a\\"b\\\\c\\n\\t\\x01é\\u200b"');
});

test('refusals of an authorizer', () => {
  expect(forbiddenText({ user: 'u', verb: 'get', path: '/metrics' })).toBe('User "u" cannot get path "/metrics"');
  const resource = { group: '', resource: 'pods', subresource: 'log', namespace: 'default' };
  expect(forbiddenText({ user: 'u', verb: 'get', resource })).toBe(
    'User "u" cannot get resource "pods/log" in API group "" in the namespace "default"',
  );
  expect(forbiddenText({ user: 'u', verb: 'list', resource: { group: '', resource: 'nodes' } }, 'why')).toBe(
    'User "u" cannot list resource "nodes" in API group "" at the cluster scope: why',
  );
});

test('preconditions', () => {
  const meta = { uid: 'b', resourceVersion: '7' };
  expect(failedPrecondition(undefined, meta)).toBeUndefined();
  expect(failedPrecondition({ uid: 'b', resourceVersion: '7' }, meta)).toBeUndefined();
  expect(failedPrecondition({ uid: 'a' }, meta)).toBe(
    'Precondition failed: UID in precondition: a, UID in object meta: b',
  );
  expect(failedDeletePrecondition({ resourceVersion: '6' }, meta)).toContain('(6) does not match');
});

test('values as Go prints them', () => {
  expect(goPrint({ b: [1, 'x', null], a: { c: true } })).toBe('map[a:map[c:true] b:[1 x <nil>]]');
  expect(statusErrors.unclassified('as it is').status).toEqual({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message: 'as it is',
    code: 500,
  });
});

test('what is no StatusError becomes an internal error', () => {
  expect(statusOf(new Error('boom'))).toMatchObject({ code: 500, message: 'Internal error occurred: boom' });
  expect(statusOf(statusErrors.notFound(pods, 'a')).code).toBe(404);
  expect(deletedStatus(deployments, 'web', 'u1')).toEqual({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Success',
    details: { name: 'web', group: 'apps', kind: 'deployments', uid: 'u1' },
  });
});
