import { RpcError } from '../mapping/index.ts';

/** For what the store behind the API does not have: `why` completes 'this store ...'. */
export function unimplemented(why: string): never {
  throw new RpcError('unimplemented', `etcdserver: this store ${why}`);
}
