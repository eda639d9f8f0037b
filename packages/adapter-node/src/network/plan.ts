import { cidrAddressAt, cidrSubnetAt, formatCidr, parseCidr } from '@trireme/base';
import { shortTag } from '../node-paths.ts';

/** One thing to do to the kernel's network. Every step is safe to repeat. */
export type NetworkStep =
  | { readonly do: 'netns-add' | 'netns-delete'; readonly netns: string }
  /** `tolerates`: what `ip` says when there is nothing left to do. */
  | { readonly do: 'ip'; readonly netns?: string; readonly args: readonly string[]; readonly tolerates?: string }
  /** `optional`: the kernel may not have it. */
  | {
      readonly do: 'sysctl';
      readonly netns?: string;
      readonly key: string;
      readonly value: string;
      readonly optional?: boolean;
    }
  | { readonly do: 'nft'; readonly script: string; readonly tolerates?: string };

export interface NodeNetworkOptions {
  readonly cluster: string;
  /** In their order; a node's place decides its address and, where it is not given, its pod range. */
  readonly nodes: readonly { readonly name: string; readonly netns: string; readonly podCidr?: string | undefined }[];
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Nodes and pods may reach the world through the host, masqueraded. Default false: no way out exists. */
  readonly uplink?: boolean | undefined;
}

export interface PlannedNode {
  readonly name: string;
  readonly netns: string;
  readonly address: string;
  readonly podCidr: string;
  /** The host's end of the node's cable. */
  readonly hostLink: string;
}

export interface NodeNetworkPlan {
  readonly bridge: string;
  /** The host's address on the node network, where nodes reach members that run on the host. */
  readonly hostAddress: string;
  readonly nodes: readonly PlannedNode[];
  readonly steps: readonly NetworkStep[];
  /** Takes everything back, whatever part of it is there. */
  readonly undo: readonly NetworkStep[];
}

const exists = 'File exists';
// Loses against every route that something else makes for the same range.
const lastMetric = '4294967000';

/** The whole network of a cluster on one host as data; see `applyNetworkPlan`. */
export function nodeNetworkPlan(options: NodeNetworkOptions): NodeNetworkPlan {
  const nodeRange = parseCidr(options.nodeCidr);
  const tag = shortTag(options.cluster);
  const bridge = `tr-${tag}`;
  const hostAddress = cidrAddressAt(nodeRange, 1);
  const nodes = options.nodes.map(
    ({ name, netns, podCidr }, index): PlannedNode => ({
      name,
      netns,
      address: cidrAddressAt(nodeRange, 2 + index),
      podCidr: podCidr ?? formatCidr(cidrSubnetAt(parseCidr(options.podCidr), 24, index)),
      hostLink: `tv${shortTag(`${options.cluster}/${name}`, 10)}`,
    }),
  );
  return {
    bridge,
    hostAddress,
    nodes,
    steps: [
      ...fenceSteps(options),
      ...bridgeSteps(bridge, tag, hostAddress, nodeRange.prefix),
      ...nodes.flatMap((node) => nodeSteps(node, nodes, bridge, hostAddress, nodeRange.prefix, options)),
      ...nodes.map(
        ({ podCidr, address }): NetworkStep => ip('route', 'replace', podCidr, 'via', address, 'dev', bridge),
      ),
      ...(options.uplink ? uplinkSteps(options, bridge, tag) : []),
    ],
    undo: undoSteps(options, nodes, bridge, tag),
  };
}

function ip(...args: readonly string[]): NetworkStep {
  return { do: 'ip', args };
}

function fencedRanges(options: NodeNetworkOptions): readonly string[] {
  return [options.podCidr, options.serviceCidr, options.nodeCidr];
}

/** First of all: what is meant for the cluster has no other way, so that it cannot leave by the host's default route. */
function fenceSteps(options: NodeNetworkOptions): readonly NetworkStep[] {
  return fencedRanges(options).map((range) => ip('route', 'replace', 'unreachable', range, 'metric', lastMetric));
}

function bridgeSteps(bridge: string, tag: string, hostAddress: string, prefix: number): readonly NetworkStep[] {
  // A fixed hardware address: a bridge's own follows its ports, and every change would outdate the nodes' ARP entries.
  const mac = `02:${(tag.match(/../g) ?? []).join(':')}:01`;
  return [
    { do: 'ip', args: ['link', 'add', bridge, 'address', mac, 'type', 'bridge'], tolerates: exists },
    ip('address', 'replace', `${hostAddress}/${prefix}`, 'dev', bridge),
    ip('link', 'set', bridge, 'up'),
  ];
}

function nodeSteps(
  node: PlannedNode,
  all: readonly PlannedNode[],
  bridge: string,
  hostAddress: string,
  prefix: number,
  options: NodeNetworkOptions,
): readonly NetworkStep[] {
  const { netns, hostLink } = node;
  const inside = (...args: readonly string[]): NetworkStep => ({ do: 'ip', netns, args });
  const sysctl = (key: string, value: string, optional = false): NetworkStep => ({
    do: 'sysctl',
    netns,
    key,
    value,
    ...(optional ? { optional } : {}),
  });
  const veth = ['link', 'add', hostLink, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns];
  return [
    { do: 'netns-add', netns },
    { do: 'ip', args: veth, tolerates: exists },
    ip('link', 'set', hostLink, 'master', bridge, 'up'),
    inside('link', 'set', 'lo', 'up'),
    inside('link', 'set', 'eth0', 'up'),
    inside('address', 'replace', `${node.address}/${prefix}`, 'dev', 'eth0'),
    sysctl('net/ipv4/ip_forward', '1'),
    sysctl('net/ipv4/conf/all/rp_filter', '0'),
    sysctl('net/ipv4/conf/default/rp_filter', '0'),
    // Pods of one bridge that talk through a Service: their replies must pass the translation too.
    sysctl('net/bridge/bridge-nf-call-iptables', '1', true),
    inside('route', 'replace', 'unreachable', options.podCidr, 'metric', lastMetric),
    // The node's own connections to a Service need a route before the proxy turns them; untranslated they end on the
    // bridge, where nobody answers for these addresses.
    inside('route', 'replace', options.serviceCidr, 'dev', 'eth0', 'src', node.address),
    ...all
      .filter(({ name }) => name !== node.name)
      .map(({ podCidr, address }) => inside('route', 'replace', podCidr, 'via', address, 'dev', 'eth0')),
    ...(options.uplink ? [inside('route', 'replace', 'default', 'via', hostAddress, 'dev', 'eth0')] : []),
  ];
}

function uplinkSteps(options: NodeNetworkOptions, bridge: string, tag: string): readonly NetworkStep[] {
  const table = `ip trireme_${tag}`;
  const sources = `{ ${options.nodeCidr}, ${options.podCidr} }`;
  const rule = `ip saddr ${sources} oifname != { "${bridge}", "lo" } masquerade`;
  const chain = `chain uplink {\n  type nat hook postrouting priority srcnat\n  ${rule}\n }`;
  return [
    { do: 'sysctl', key: 'net/ipv4/ip_forward', value: '1' },
    { do: 'nft', script: `table ${table} {}\ndelete table ${table}\ntable ${table} {\n ${chain}\n}\n` },
  ];
}

function undoSteps(
  options: NodeNetworkOptions,
  nodes: readonly PlannedNode[],
  bridge: string,
  tag: string,
): readonly NetworkStep[] {
  return [
    ...nodes.flatMap(({ netns, hostLink }): readonly NetworkStep[] => [
      { do: 'netns-delete', netns },
      { do: 'ip', args: ['link', 'delete', hostLink], tolerates: 'Cannot find device' },
    ]),
    ...(options.uplink
      ? [{ do: 'nft', script: `delete table ip trireme_${tag}\n`, tolerates: 'No such file' } as const]
      : []),
    { do: 'ip', args: ['link', 'delete', bridge], tolerates: 'Cannot find device' },
    // Last of all, as the fence was first.
    ...fencedRanges(options).map(
      (range): NetworkStep => ({
        do: 'ip',
        args: ['route', 'delete', 'unreachable', range, 'metric', lastMetric],
        tolerates: 'No such process',
      }),
    ),
  ];
}
