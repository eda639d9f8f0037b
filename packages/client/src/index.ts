/**
 * Typed client, informers, work queue, leader election and event recording for any Kubernetes API, over any HttpTransport
 * and any clock.
 *
 * @example
 * import { createApiClient, createInformerFactory } from '@trireme/client';
 * import { silentLogger } from '@trireme/ports';
 * import { pods } from '@trireme/schema/resources';
 *
 * const client = createApiClient(transport, { time });
 * const informers = createInformerFactory({ client, time, random, logger: silentLogger });
 * const informer = informers.informer(pods);
 * await informer.whenSynced();
 * informer.subscribe({ added: (pod) => console.log('saw', pod.metadata.name) });
 * console.log(informer.lister.list('default').length, 'pods in default');
 */
export type {
  ApiClient,
  DeleteCallOptions,
  JsonPatchOperation,
  ListOptions,
  Patch,
  ReadOptions,
  ResourceClient,
  Target,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './api-client.ts';
export { type Backoff, type BackoffOptions, createBackoff } from './backoff.ts';
export { createApiClient } from './create-api-client.ts';
export {
  createEventRecorder,
  type EventRecorder,
  type EventRecorderDeps,
  type EventRecorderOptions,
  referenceTo,
} from './event-recorder.ts';
export type { Informer, InformerFactory, InformerHandler, InformerSelection, Lister } from './informer.ts';
export { createInformerFactory, type InformerFactoryDeps, type InformerFactoryOptions } from './informer-factory.ts';
export {
  createLeaderElector,
  type LeaderElector,
  type LeaderElectorDeps,
  type LeaderElectorOptions,
} from './leader-election.ts';
export type { ApiClientOptions } from './request-sender.ts';
export { objectPath, resourcePath } from './resource-path.ts';
export { createWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';
