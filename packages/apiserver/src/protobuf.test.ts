import type { JsonObject } from '@trireme/base';
import { readBody } from '@trireme/ports';
import { builtinTypes, decodeProtobuf, encodeProtobuf } from '@trireme/schema';
import { beforeEach, describe, expect, it } from 'vitest';
import { addServiceAccount, startTestServer, type TestServer } from './testing/harness.ts';

let test: TestServer;
const type = 'application/vnd.kubernetes.protobuf';
const pods = '/api/v1/namespaces/default/pods';

beforeEach(async () => {
  test = await startTestServer();
  await addServiceAccount(test);
});

async function ask(method: string, path: string, body?: Uint8Array): Promise<[number, JsonObject]> {
  const headers = { accept: type, 'content-type': type };
  const response = await test.transport().request({ method, path, headers, ...(body && { body }) });
  const bytes = (await readBody(response.body, 1 << 24)) ?? new Uint8Array(0);
  return [response.status, decodeProtobuf(builtinTypes, bytes).value];
}
const encode = (object: JsonObject): Uint8Array => encodeProtobuf(builtinTypes, object);
const podBytes = encode({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

describe('a client that speaks protobuf', () => {
  it.each([
    ['/api', 'APIVersions'],
    ['/api/v1', 'APIResourceList'],
    ['/apis', 'APIGroupList'],
    ['/api/v1/namespaces', 'NamespaceList'],
  ])('is answered so at %s', async (path, kind) => {
    expect(await ask('GET', path)).toMatchObject([200, { kind }]);
  });

  it('is told of errors so', async () => {
    expect(await ask('GET', `${pods}/none`)).toMatchObject([404, { kind: 'Status', reason: 'NotFound' }]);
    expect(await ask('POST', pods, new Uint8Array([1, 2, 3]))).toMatchObject([400, { reason: 'BadRequest' }]);
  });

  it('creates, binds and deletes', async () => {
    expect(await ask('POST', pods, podBytes)).toMatchObject([201, { kind: 'Pod', status: { phase: 'Pending' } }]);
    const target = { kind: 'Node', name: 'n1' };
    const binding = encode({ kind: 'Binding', apiVersion: 'v1', metadata: { name: 'p' }, target });
    expect(await ask('POST', `${pods}/p/binding`, binding)).toMatchObject([201, { kind: 'Status', status: 'Success' }]);
    const options = { kind: 'DeleteOptions', apiVersion: 'apps/v1', gracePeriodSeconds: 5 };
    const encoded = encodeProtobuf(builtinTypes, options, 'apimachinery.pkg.apis.meta.v1.DeleteOptions');
    expect(await ask('DELETE', `${pods}/p`, encoded)).toMatchObject([
      200,
      { metadata: { deletionGracePeriodSeconds: 5 } },
    ]);
  });
});
