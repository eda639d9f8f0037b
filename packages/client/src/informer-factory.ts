import type { Logger, Random, Time } from '@trireme/ports';
import type { ApiObject, ResourceRef } from '@trireme/schema';
import type { ApiClient } from './api-client.ts';
import { createInformer } from './create-informer.ts';
import type { Informer, InformerFactory, InformerSelection } from './informer.ts';

export interface InformerFactoryDeps {
  readonly client: ApiClient;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface InformerFactoryOptions {
  /** Freezes what listers hand out, so that a writer is caught. For tests. */
  readonly freeze?: boolean;
  /** Objects per page of a list. Default 500. */
  readonly pageSize?: number;
  /** A watch lasts between this and twice this before it is asked for again. Default 300. */
  readonly minWatchSeconds?: number;
}

export function createInformerFactory(
  deps: InformerFactoryDeps,
  options: InformerFactoryOptions = {},
): InformerFactory {
  const { freeze = false, pageSize = 500, minWatchSeconds = 300 } = options;
  const informers = new Map<string, Informer<ApiObject>>();
  return {
    informer<T extends ApiObject>(ref: ResourceRef<T>, select: InformerSelection = {}): Informer<T> {
      const { namespace = '', fieldSelector = '', labelSelector = '' } = select;
      const key = [ref.group, ref.version, ref.resource, namespace, fieldSelector, labelSelector].join('|');
      const known = informers.get(key);
      // The key names the resource, and a resource has one type of objects.
      if (known) return known as unknown as Informer<T>;
      const informer = createInformer(deps, deps.client.resource(ref), ref, {
        select,
        pageSize,
        minWatchSeconds,
        freeze,
        onStop: () => informers.delete(key),
      });
      informers.set(key, informer as unknown as Informer<ApiObject>);
      return informer;
    },
    stop() {
      for (const informer of [...informers.values()]) informer.stop();
    },
  };
}
