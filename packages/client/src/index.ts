/** Typed client, informers, work queue and leader election for any Kubernetes API. */
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
export type { Informer, InformerFactory, InformerHandler, Lister } from './informer.ts';
