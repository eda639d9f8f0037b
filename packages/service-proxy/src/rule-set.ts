/** nftables' name of the IP version. */
export type Family = 'ip' | 'ip6';

/** One nftables table as data. Names are unique within their list, and the lists are sorted where order means nothing. */
export interface RuleSet {
  readonly family: Family;
  readonly table: string;
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  /** Not part of the table: what `staleConnections` compares. */
  readonly udp: readonly UdpFrontend[];
}

/** A set, or a map where `type` names a value ('inet_proto . inet_service : verdict'). */
export interface NftSet {
  readonly name: string;
  readonly type: string;
  /** 'dynamic,timeout': packets fill it, and `elements` is empty. */
  readonly flags?: string | undefined;
  /** The most elements that packets may put in. */
  readonly size?: number | undefined;
  /** Key to value; '' for the elements of a plain set. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface NftChain {
  readonly name: string;
  /** Where the kernel enters it: 'type nat hook prerouting priority dstnat'. Absent where other chains lead to it. */
  readonly hook?: string | undefined;
  readonly rules: readonly string[];
}

/** Where UDP packets for a Service arrive, and where they are sent on. */
export interface UdpFrontend {
  /** Absent for a node port, which is on every address of the node. */
  readonly address?: string | undefined;
  readonly port: number;
  /** '10.244.0.5:53', sorted. */
  readonly endpoints: readonly string[];
}

export function isMap(set: NftSet): boolean {
  return set.type.includes(':');
}
