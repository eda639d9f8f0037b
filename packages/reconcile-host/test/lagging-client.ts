import type { ApiClient, WatchEvent, WatchOptions } from '@trireme/client';
import { type Random, sleep, type Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';

/** A client whose watches tell everything late, in order, by a different while each time: views lag behind writes. */
export function createLaggingClient(client: ApiClient, time: Time, random: Random, maxLagMs: number): ApiClient {
  async function* late<T extends ApiObject>(events: AsyncIterable<WatchEvent<T>>): AsyncGenerator<WatchEvent<T>> {
    for await (const event of events) {
      await sleep(time, random.float() * maxLagMs);
      yield event;
    }
  }
  return {
    raw: client.raw,
    resource: (ref) => {
      const resource = client.resource(ref);
      return { ...resource, watch: (options: WatchOptions) => late(resource.watch(options)) };
    },
  };
}
