import type { Kv } from '@trireme/ports';
import { type EtcdFailure, etcdFailure, headerToMessage } from '../mapping/index.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { headerOf } from './service-deps.ts';

/** What an etcd answers in which authentication is off and no user or role was made; neither can be made here. */
const refused: readonly (readonly [method: string, failure: EtcdFailure])[] = [
  ['AuthEnable', 'root-user-not-exist'],
  ['Authenticate', 'auth-not-enabled'],
  ['UserAdd', 'auth-not-enabled'],
  ['UserGet', 'user-not-found'],
  ['UserDelete', 'user-not-found'],
  ['UserChangePassword', 'user-not-found'],
  ['UserGrantRole', 'user-not-found'],
  ['UserRevokeRole', 'user-not-found'],
  ['RoleAdd', 'auth-not-enabled'],
  ['RoleGet', 'role-not-found'],
  ['RoleDelete', 'role-not-found'],
  ['RoleGrantPermission', 'role-not-found'],
  ['RoleRevokePermission', 'role-not-found'],
];
/** What etcd counts from. */
const authRevision = 1;

/** Who may call is settled by client certificates, so etcd's users and roles are always switched off. */
export function authMethods({ kv }: { readonly kv: Kv }): readonly RpcMethod[] {
  const header = async () => headerToMessage(await headerOf(kv));
  return [
    unary('/etcdserverpb.Auth/AuthStatus', async () => ({ header: await header(), enabled: false, authRevision })),
    unary('/etcdserverpb.Auth/UserList', async () => ({ header: await header() })),
    unary('/etcdserverpb.Auth/RoleList', async () => ({ header: await header() })),
    unary('/etcdserverpb.Auth/AuthDisable', async () => ({ header: await header() })),
    ...refused.map(([method, failure]) =>
      unary(`/etcdserverpb.Auth/${method}`, async () => {
        throw etcdFailure(failure);
      }),
    ),
  ];
}
