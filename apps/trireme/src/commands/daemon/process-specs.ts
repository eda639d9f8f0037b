import { join } from 'node:path';
import type { ClusterSpec, MemberSpec, NodeSpec } from '../../cluster-spec.ts';
import type { Home } from '../../home.ts';
import { readMemberRecord } from '../../member/member-record.ts';
import type { ProcessSpec } from '../../supervise/process-table.ts';

export interface JoinTokens {
  readonly server: string;
  readonly agent: string;
}

/** This program, as it was started. */
export interface Self {
  readonly node: string;
  readonly args: readonly string[];
}

/**
 * The processes of a whole cluster on one machine: for each member and each node the command that a person would run on a
 * machine of its own. Tokens go through the environment, where other users cannot read them.
 */
export function processSpecs(self: Self, home: Home, spec: ClusterSpec, tokens: JoinTokens): ProcessSpec[] {
  const founder = founderOf(home, spec);
  return [
    ...spec.members.map((member) =>
      serverSpec(self, home, spec, member, member === founder ? undefined : tokens.server),
    ),
    ...spec.nodes.map((node, index) => agentSpec(self, home, spec, node, index + 1, tokens.agent)),
  ];
}

/**
 * Who makes the cluster where there is none: the first. But where that one has lost its data and another has not, the cluster
 * is there, and the first one joins it as all others do.
 */
function founderOf(home: Home, spec: ClusterSpec): MemberSpec | undefined {
  const [first] = spec.members;
  const known = spec.members.find(({ ordinal }) => readMemberRecord(home.memberDirectory(ordinal)));
  return !first || (known && !readMemberRecord(home.memberDirectory(first.ordinal))) ? undefined : first;
}

/** Without a token the member makes a new cluster. */
function serverSpec(
  self: Self,
  home: Home,
  spec: ClusterSpec,
  member: MemberSpec,
  token: string | undefined,
): ProcessSpec {
  const hosts = [...new Set(['127.0.0.1', spec.controlPlaneHost])];
  const name = `server-${member.ordinal}`;
  return {
    name,
    command: self.node,
    args: [
      ...self.args,
      'server',
      ...['--data-dir', home.memberDirectory(member.ordinal)],
      ...['--name', member.name],
      ...['--cluster-name', spec.name],
      ...['--listen', `127.0.0.1:${member.apiPort}`],
      ...hosts.flatMap((host) => ['--shared-listen', `${host}:${spec.port}`]),
      ...['--peer-listen', `127.0.0.1:${member.peerPort}`],
      ...(member.etcdPort ? ['--etcd-listen', `127.0.0.1:${member.etcdPort}`] : []),
      ...['--advertise-address', spec.controlPlaneHost],
      ...['--pod-cidr', spec.podCidr, '--service-cidr', spec.serviceCidr, '--cluster-domain', spec.clusterDomain],
      ...(spec.historyRetentionMs ? ['--history-retention', `${spec.historyRetentionMs}ms`] : []),
      ...(token === undefined ? [] : ['--join', `127.0.0.1:${spec.port}`]),
    ],
    env: token === undefined ? {} : { TRIREME_TOKEN: token },
    logFile: join(home.logs, `${name}.log`),
  };
}

function agentSpec(
  self: Self,
  home: Home,
  spec: ClusterSpec,
  node: NodeSpec,
  ordinal: number,
  token: string,
): ProcessSpec {
  const name = `agent-${ordinal}`;
  const args = [
    ...self.args,
    'agent',
    ...['--data-dir', home.directory],
    ...['--node-name', node.name],
    ...['--node-ip', node.address],
    ...['--kubelet-port', String(node.kubeletPort)],
    ...['--join', `${spec.controlPlaneHost}:${spec.port}`],
    ...['--runtime', spec.runtime],
    ...(node.podCidr ? ['--pod-cidr', node.podCidr] : []),
    ...(spec.pullProxyPort ? ['--pull-proxy', `http://${spec.controlPlaneHost}:${spec.pullProxyPort}`] : []),
  ];
  const inNamespace = ['nsenter', `--net=/var/run/netns/${node.namespace}`, self.node, ...args];
  const [command = '', ...rest] = node.namespace ? inNamespace : [self.node, ...args];
  return { name, command, args: rest, env: { TRIREME_TOKEN: token }, logFile: join(home.logs, `${name}.log`) };
}
