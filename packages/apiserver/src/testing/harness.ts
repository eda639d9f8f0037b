import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import { builtinKinds } from '@trireme/api';
import { fromUtf8, type JsonObject, utf8 } from '@trireme/base';
import {
  type Headers,
  type HttpResponse,
  type HttpTransport,
  type Kv,
  type Logger,
  type Peer,
  readBody,
  silentLogger,
} from '@trireme/ports';
import { builtinTypes } from '@trireme/schema';
import { createMemoryKv, createSeededRandom, createVirtualTime, type VirtualTime } from '@trireme/testkit';
import {
  type ApiServer,
  type ApiServerDeps,
  createApiServer,
  createDirectTransport,
  type TokenSigner,
} from '../index.ts';

/** A server in this process, on virtual time, with its bootstrap done. */
export interface TestServer {
  readonly server: ApiServer;
  readonly time: VirtualTime;
  readonly kv: Kv;
  /** Asks as a member of system:masters, or as `user`. */
  ask(method: string, path: string, body?: unknown, options?: AskOptions): Promise<Answer>;
  /** The events of a watch as they come. */
  watch(path: string, options?: AskOptions): Promise<TestWatch>;
  transport(user?: TestUser): HttpTransport;
}

export interface AskOptions {
  readonly user?: TestUser | undefined;
  readonly headers?: Headers | undefined;
}

/** A name and groups by certificate; undefined name: nobody. */
export interface TestUser {
  readonly name?: string;
  readonly groups?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into whatever came back.
  readonly json: TestJson;
}

/** JSON that a test reaches into without proof. */
export interface TestJson {
  readonly [key: string]: TestJson;
}

export interface TestWatch {
  readonly status: number;
  /** What has come by now, oldest first, and takes it. */
  take(): Promise<readonly TestJson[]>;
  readonly ended: boolean;
  close(): void;
}

export const admin: TestUser = { name: 'admin', groups: ['system:masters'] };

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Signs with a key that lives as long as the test run. */
export const testSigner: TokenSigner = {
  keyId: 'test',
  sign: async (data) => new Uint8Array(createSign('RSA-SHA256').update(data).sign(keys.privateKey)),
  verify: async (data, signature, keyId) =>
    keyId === 'test' && createVerify('RSA-SHA256').update(data).verify(keys.publicKey, signature),
  publicKeys: () => [keys.publicKey.export({ format: 'jwk' }) as JsonObject],
};

export interface TestServerOptions {
  readonly kv?: Kv;
  readonly time?: VirtualTime;
  readonly seed?: number;
  readonly logger?: Logger;
  readonly auth?: ApiServerDeps['auth'];
  readonly options?: ApiServerDeps['options'];
}

export async function startTestServer(given: TestServerOptions = {}): Promise<TestServer> {
  const time = given.time ?? createVirtualTime();
  const kv = given.kv ?? createMemoryKv({ time });
  const server = createApiServer({
    kv,
    time,
    random: createSeededRandom(given.seed ?? 1),
    logger: given.logger ?? silentLogger,
    kinds: builtinKinds,
    types: builtinTypes,
    auth: { signer: testSigner, ...given.auth },
    options: given.options,
  });
  await time.advanceUntil(() => server.ready(), 10_000, 'a ready server');
  const transport = (user: TestUser = admin): HttpTransport => createDirectTransport(server.handler, peerOf(user));
  return {
    server,
    time,
    kv,
    transport,
    async ask(method, path, body, options = {}) {
      const response = await transport(options.user).request({
        method,
        path,
        headers: { 'content-type': 'application/json', ...options.headers },
        ...(body !== undefined && {
          body: typeof body === 'string' ? utf8(body) : body instanceof Uint8Array ? body : utf8(JSON.stringify(body)),
        }),
      });
      return await answerOf(response);
    },
    async watch(path, options = {}) {
      const response = await transport(options.user).request({ method: 'GET', path, headers: options.headers ?? {} });
      return readWatch(time, response);
    },
  };
}

function peerOf({ name, groups = [] }: TestUser): Peer {
  if (name === undefined) return { address: '192.0.2.1:1' };
  return { address: '192.0.2.1:1', certificate: { commonName: name, organizations: groups, fingerprint: 'f' } };
}

async function answerOf(response: HttpResponse): Promise<Answer> {
  const text = fromUtf8((await readBody(response.body, 1 << 28)) ?? new Uint8Array(0));
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json(): TestJson {
      return JSON.parse(text) as TestJson;
    },
  };
}

function readWatch(time: VirtualTime, response: HttpResponse): TestWatch {
  let events: TestJson[] = [];
  const state = { ended: false };
  const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const read = async (): Promise<void> => {
    let rest = '';
    for (;;) {
      const next = await iterator.next();
      if (next.done) break;
      const lines = (rest + fromUtf8(next.value)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) events.push(JSON.parse(line) as TestJson);
    }
    state.ended = true;
  };
  if (!(response.body instanceof Uint8Array)) void read();
  return {
    status: response.status,
    get ended() {
      return state.ended;
    },
    async take() {
      await time.settle();
      const taken = events;
      events = [];
      return taken;
    },
    close: () => void iterator.return?.(),
  };
}

export const pod = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...more },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
});

export const configMap = (name: string, data: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

/** What a pod needs in its namespace. */
export async function addServiceAccount(test: TestServer, namespace = 'default'): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await test.ask('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account);
}
