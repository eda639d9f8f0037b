import type { Kv } from '@trireme/ports';
import { etcdTexts, headerToMessage, RpcError } from '../mapping/index.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { headerOf } from './service-deps.ts';

const needAuth = [
  'Authenticate',
  'UserAdd',
  'UserGet',
  'UserDelete',
  'UserChangePassword',
  'UserGrantRole',
  'UserRevokeRole',
  'RoleAdd',
  'RoleGet',
  'RoleDelete',
  'RoleGrantPermission',
  'RoleRevokePermission',
] as const;

/** Who may call is settled by client certificates, so etcd's users and roles are always switched off. */
export function authMethods({ kv }: { readonly kv: Kv }): readonly RpcMethod[] {
  const header = async () => headerToMessage(await headerOf(kv));
  return [
    unary('/etcdserverpb.Auth/AuthStatus', async () => ({ header: await header(), enabled: false })),
    // There are none, which may be asked while they are switched off.
    unary('/etcdserverpb.Auth/UserList', async () => ({ header: await header() })),
    unary('/etcdserverpb.Auth/RoleList', async () => ({ header: await header() })),
    unary('/etcdserverpb.Auth/AuthDisable', async () => ({ header: await header() })),
    unary('/etcdserverpb.Auth/AuthEnable', () => refuse(etcdTexts.rootUserNotExist)),
    ...needAuth.map((name) => unary(`/etcdserverpb.Auth/${name}`, () => refuse(etcdTexts.authNotEnabled))),
  ];
}

async function refuse(text: string): Promise<never> {
  throw new RpcError('failed-precondition', text);
}
