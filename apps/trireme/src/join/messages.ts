import type { ClusterSecrets } from '../member/secrets.ts';

/** What every part of the cluster agrees on. Given to whoever joins. */
export interface ClusterNetwork {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsAddress: string;
  readonly clusterDomain: string;
}

/** POST /trireme/v1/join/agent. Keys never travel: the node sends signing requests. */
export interface AgentJoinRequest {
  readonly nodeName: string;
  readonly addresses: readonly string[];
  /** PKCS #10, PEM. */
  readonly kubeletClient: string;
  readonly kubeletServing: string;
  readonly proxyClient: string;
}

export interface AgentJoinAnswer {
  readonly clusterName: string;
  readonly kubeletClient: string;
  readonly kubeletServing: string;
  readonly proxyClient: string;
  readonly caPem: string;
  readonly network: ClusterNetwork;
  /** Where the API can be reached, the address that was asked first. */
  readonly endpoints: readonly string[];
}

/** POST /trireme/v1/join/server. A member becomes a signer of the cluster, so it is given its secrets. */
export interface ServerJoinRequest {
  /** Drawn by the joiner, decimal, below 2^53: one that asks again is known by it, and one without data is never taken for whoever it was. */
  readonly memberId: string;
  readonly name: string;
  /** 'https://host:port' where the other members reach it. */
  readonly peerUrl: string;
}

export interface ServerJoinAnswer {
  /** Decimal, as ids are 64-bit. */
  readonly memberId: string;
  readonly clusterName: string;
  readonly peers: readonly { readonly id: string; readonly url: string }[];
  readonly secrets: ClusterSecrets;
  readonly network: ClusterNetwork;
}
