export interface CniConfigOptions {
  /** The network's name; CNI keys its cache of results by it, so it is one per node. */
  readonly network: string;
  readonly podCidr: string;
  /** Where host-local keeps the addresses it gave out. */
  readonly ipamDirectory: string;
  /** Inside the node's network namespace. Default cni0. */
  readonly bridge?: string | undefined;
  readonly mtu?: number | undefined;
}

/** The node's CNI configuration list: a bridge, addresses from the node's pod range, host ports. */
export function cniConfig(options: CniConfigOptions): string {
  const list = {
    cniVersion: '1.0.0',
    name: options.network,
    plugins: [
      {
        type: 'bridge',
        bridge: options.bridge ?? 'cni0',
        isDefaultGateway: true,
        hairpinMode: true,
        // Which traffic is masqueraded is the service proxy's business: two of them would disagree.
        ipMasq: false,
        ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
        ipam: { type: 'host-local', dataDir: options.ipamDirectory, ranges: [[{ subnet: options.podCidr }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
