import type { ServiceAllocator } from './service-allocator.ts';

/** What the server hands out itself, each kind of it with an allocator of its own. */
export interface Allocations {
  readonly services: ServiceAllocator;
}
