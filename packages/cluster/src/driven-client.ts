import type { ApiClient, ResourceClient } from '@trireme/client';
import type { ApiObject, ResourceRef } from '@trireme/schema';

/** A client whose callers need not make time pass: every call does, until it is answered. (A watch is not: it has no end.) */
export function createDrivenClient(client: ApiClient, drive: <T>(work: Promise<T>) => Promise<T>): ApiClient {
  return {
    resource: <T extends ApiObject>(ref: ResourceRef<T>): ResourceClient<T> => {
      const calls = client.resource(ref);
      return {
        get: (...args) => drive(calls.get(...args)),
        list: (...args) => drive(calls.list(...args)),
        listAll: (...args) => drive(calls.listAll(...args)),
        watch: (options) => calls.watch(options),
        create: (...args) => drive(calls.create(...args)),
        createSubresource: <Body extends object, Answer>(...args: Parameters<typeof calls.createSubresource>) =>
          drive(calls.createSubresource<Body, Answer>(args[0], args[1], args[2] as Body)),
        update: (...args) => drive(calls.update(...args)),
        patch: (...args) => drive(calls.patch(...args)),
        delete: (...args) => drive(calls.delete(...args)),
        deleteCollection: (...args) => drive(calls.deleteCollection(...args)),
      };
    },
    raw: (request) => drive(client.raw(request)),
  };
}
