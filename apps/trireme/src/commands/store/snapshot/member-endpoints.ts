import { CodedError } from '@trireme/base';
import { homeOf, needSpec } from '../../../home.ts';
import type { EndpointOptions } from './command-options.ts';

/** The members of a cluster that `up` has raised on this machine, and the files with which its administrator reaches them. */
export function memberEndpoints(clusterName: string): EndpointOptions {
  const spec = needSpec(clusterName);
  const { ca, cert, key } = homeOf(clusterName).etcdClient;
  const urls = spec.members.flatMap(({ etcdPort }) =>
    etcdPort === undefined ? [] : [`https://127.0.0.1:${etcdPort}`],
  );
  if (urls.length === 0)
    throw new CodedError(
      'no-etcd-face',
      `reach the store of ${clusterName}: it was raised by an older version, whose members do not serve it. Raise a new cluster.`,
    );
  return { endpoints: urls.join(), cacert: ca, cert, key };
}
