/**
 * A node's packet filter: one nftables table that is ours. Calls of one filter are made one after the other by their
 * caller; two writers of one table would overwrite each other.
 */
export interface PacketFilter {
  /** Gives a script to the kernel, which takes all of it or nothing. Throws a CodedError 'nft-failed' that quotes the kernel. */
  apply(script: string): Promise<void>;
  /**
   * The table as the kernel has it, '' where it is not there. Without counters and without what packets themselves leave
   * in it, so that two readings differ only if someone changed the table.
   */
  list(): Promise<string>;
}

/** A node's table of tracked connections, with their address translations. */
export interface ConnectionTable {
  /**
   * Forgets the connections that these filters select, so that their next packet is translated anew. `filter` is what
   * `conntrack -D` takes: ['-p', 'udp', '--orig-dst', '10.96.0.10']. None found is no error.
   */
  forget(filter: readonly string[]): Promise<void>;
}

/** A way to a range of addresses through a neighbour. */
export interface NodeRoute {
  /** '10.244.1.0/24' */
  readonly cidr: string;
  readonly via: string;
}

/** The routes in a node's main table that this program made; those of others are neither seen nor removed. */
export interface RouteTable {
  list(): Promise<readonly NodeRoute[]>;
  /** Makes the route, or takes over one for the same range. */
  replace(route: NodeRoute): Promise<void>;
  /** A route that is gone already is no error. */
  remove(route: NodeRoute): Promise<void>;
}
