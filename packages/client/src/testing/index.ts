/**
 * An API in memory, for tests of programs that use an ApiClient.
 *
 * @example
 * import { createFakeApi } from '@trireme/client/testing';
 * import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
 * import { pods } from '@trireme/schema/resources';
 *
 * const api = createFakeApi({ time: createVirtualTime(), random: createSeededRandom(1) });
 * await api.resource(pods).create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' } });
 * console.log(api.writes); // ['create pods default/a']
 */
export { createFakeApi, type FakeApi, type FakeRequest } from './fake-api.ts';
export type { FakeStore } from './fake-store.ts';
