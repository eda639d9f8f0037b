/** Who asks, as authentication found out. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
export const authenticatedGroup = 'system:authenticated';
export const mastersGroup = 'system:masters';

/** Adds the group that every user who proved a name is in. */
export function withAuthenticated(user: UserInfo): UserInfo {
  if (user.groups.includes(authenticatedGroup) || user.name === anonymousUser.name) return user;
  return { ...user, groups: [...user.groups, authenticatedGroup] };
}
