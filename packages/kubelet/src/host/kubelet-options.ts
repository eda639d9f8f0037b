import type { ApiClient, InformerFactory } from '@trireme/client';
import type { ContainerRuntime, Logger, NodeFiles, Prober, Random, Time } from '@trireme/ports';
import type { Taint } from '@trireme/schema/types/core/v1';
import type { NodeFacts } from '../node-status.ts';
import type { DnsSettings } from '../pod-network-files.ts';

export interface KubeletDeps {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  readonly runtime: ContainerRuntime;
  readonly files: NodeFiles;
  readonly prober: Prober;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface KubeletOptions {
  readonly nodeName: string;
  readonly facts: NodeFacts;
  /** Default /var/lib/kubelet. */
  readonly rootDirectory?: string | undefined;
  /** Default /var/log/pods. */
  readonly logDirectory?: string | undefined;
  /** Default /kubepods. Nodes that share a host need different ones. */
  readonly rootCgroup?: string | undefined;
  /** Addresses of the cluster DNS; without any, pods use the node's own. */
  readonly clusterDns?: readonly string[] | undefined;
  /** Default 'cluster.local'. */
  readonly clusterDomain?: string | undefined;
  /** The node's own resolv.conf, which pods with dnsPolicy Default get. */
  readonly nodeDns?: DnsSettings | undefined;
  /** Where the HTTPS API is served; it is put into the node's status. Default 10250. */
  readonly port?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly taints?: readonly Taint[] | undefined;
  readonly podCidrs?: readonly string[] | undefined;
  /** As the node's status shows it. Default v1.36.0. */
  readonly version?: string | undefined;
  /** Whose client certificates the HTTPS API serves. Default: the name 'kube-apiserver-kubelet-client', and the group 'system:masters'. */
  readonly allowedNames?: readonly string[] | undefined;
  readonly allowedOrganizations?: readonly string[] | undefined;
  /** How often the runtime is asked what runs. Default 1000. */
  readonly relistMs?: number | undefined;
  /** How often volumes made from API objects are brought up to date. Default 60 000. */
  readonly volumeRefreshMs?: number | undefined;
  /** How often the node's status is written even where nothing changed. Default 300 000. */
  readonly statusReportMs?: number | undefined;
  /** Default 40, for the lease that is renewed four times as often. */
  readonly leaseDurationSeconds?: number | undefined;
}

export const defaultNodeDns: DnsSettings = { servers: [], searches: [], options: [] };
