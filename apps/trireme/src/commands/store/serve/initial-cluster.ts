import { createHash } from 'node:crypto';
import { CodedError } from '@trireme/base';

/** A member as --initial-cluster names it. */
export interface PlannedMember {
  readonly name: string;
  /** In order. */
  readonly peerUrls: readonly string[];
}

export interface ClusterIdentity {
  readonly clusterId: bigint;
  readonly members: readonly (PlannedMember & { readonly id: bigint })[];
}

/** Reads 'a=http://h:1,b=http://h:2'; a name that stands several times has several URLs. Checks it against this member. */
export function parseInitialCluster(
  text: string,
  self: { readonly name: string; readonly advertisePeerUrls: readonly string[] },
): readonly PlannedMember[] {
  const urls = new Map<string, string[]>();
  for (const part of text.split(',').filter(Boolean)) {
    const [name = '', url] = part.trim().split(/=(.*)/s);
    if (!name || !url) throw wrong(`'${part}' has to be NAME=URL`);
    urls.set(name, [...(urls.get(name) ?? []), url.trim()]);
  }
  const own = urls.get(self.name);
  if (!own) throw wrong(`couldn't find local name "${self.name}" in the initial cluster configuration`);
  if (own.toSorted().join() !== self.advertisePeerUrls.join())
    throw wrong(
      `it has ${self.name}=${own.join()}, and --initial-advertise-peer-urls is ${self.advertisePeerUrls.join()}`,
    );
  const all = [...urls.values()].flat();
  const twice = all.find((url, i) => all.indexOf(url) !== i);
  if (twice) throw wrong(`${twice} stands for more than one member`);
  return [...urls].map(([name, each]) => ({ name, peerUrls: each.toSorted() }));
}

function wrong(what: string): CodedError<'bad-flag'> {
  return new CodedError('bad-flag', `store serve: --initial-cluster: ${what}.`);
}

/** Every member finds the same ids by itself: an id is a hash of where the member is and of the token. */
export function identifyCluster(planned: readonly PlannedMember[], token: string): ClusterIdentity {
  const members = planned.map((member) => ({ ...member, id: idOf([...member.peerUrls, token].join('\n')) }));
  const ids = members.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
  return { clusterId: idOf(ids.join('\n')), members };
}

/** Ids of members stay below 2^53, where a number holds them. */
function idOf(text: string): bigint {
  const hash = createHash('sha1').update(text).digest().readBigUInt64BE() & (2n ** 53n - 1n);
  return hash || 1n;
}
