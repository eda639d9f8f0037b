import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { type CriCodec, type CriService, createCriCodec } from '../src/codec.ts';

export type Answer = (request: Record<string, unknown>) => object | Promise<object>;

/** A runtime that answers the given methods, and all others as unimplemented. An answer may throw `{ code, details }`. */
export interface FakeCriServer {
  readonly socketPath: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function createFakeCriServer(answers: Readonly<Record<string, Answer>>): Promise<FakeCriServer> {
  const directory = await mkdtemp(join(tmpdir(), 'cri-test-'));
  const socketPath = join(directory, 'cri.sock');
  const codec = await createCriCodec();
  let server: Server | undefined;

  const stop = async (): Promise<void> => {
    server?.forceShutdown();
    server = undefined;
    await rm(socketPath, { force: true });
  };
  return {
    socketPath,
    async start() {
      const next = new Server();
      for (const service of ['RuntimeService', 'ImageService'] as const) addService(next, codec, service, answers);
      await new Promise<void>((resolve, reject) => {
        next.bindAsync(`unix://${socketPath}`, ServerCredentials.createInsecure(), (error) =>
          error ? reject(error) : resolve(),
        );
      });
      server = next;
    },
    stop,
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function addService(
  server: Server,
  codec: CriCodec,
  service: CriService,
  answers: Readonly<Record<string, Answer>>,
): void {
  const names = Object.keys(answers).filter((name) => isIn(codec, service, name));
  const definition = Object.fromEntries(names.map((name) => [name, methodDefinition(codec, service, name)]));
  const handlers = Object.fromEntries(
    names.map((name) => [
      name,
      (call: { request: Record<string, unknown> }, callback: (error: object | null, value?: object) => void): void => {
        Promise.resolve()
          .then(() => answers[name]?.(call.request) ?? {})
          .then((value) => callback(null, value))
          .catch((error: object) => callback({ code: status.UNKNOWN, ...error }));
      },
    ]),
  );
  if (names.length > 0) server.addService(definition as ServiceDefinition, handlers as never);
}

function isIn(codec: CriCodec, service: CriService, name: string): boolean {
  try {
    codec.method(service, name);
    return true;
  } catch {
    return false;
  }
}

function methodDefinition(codec: CriCodec, service: CriService, name: string): object {
  const { request, response } = codec.method(service, name);
  return {
    path: `/runtime.v1.${service}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: object) => codec.encode(request, value),
    requestDeserialize: (bytes: Buffer) => codec.decode(request, bytes),
    responseSerialize: (value: object) => codec.encode(response, value),
    responseDeserialize: (bytes: Buffer) => codec.decode(response, bytes),
  };
}
