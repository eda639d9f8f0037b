/** What DNS needs to know of the cluster. Every read is a look-up in an index. */
export interface DnsView {
  service(namespace: string, name: string): DnsService | undefined;
  /** Those that are ready, of all slices of the Service. */
  endpoints(namespace: string, name: string): readonly DnsEndpoint[];
  /** The names that lead back from an address: of the Service that has it, and of endpoints that have a hostname. */
  namesOf(address: string): readonly (readonly string[])[];
  /** Some Service is in it. */
  hasNamespace(namespace: string): boolean;
  /** Grows with every change. */
  readonly serial: number;
}

export interface DnsPort {
  readonly name: string;
  /** 'tcp' */
  readonly protocol: string;
  readonly port: number;
}

export interface DnsService {
  readonly namespace: string;
  readonly name: string;
  /** Empty for headless Services, whose endpoints answer for them. */
  readonly clusterIps: readonly string[];
  readonly externalName?: string | undefined;
  readonly ports: readonly DnsPort[];
}

export interface DnsEndpoint {
  readonly address: string;
  /** The label before its Service's name: its hostname, or its address with dashes. */
  readonly label: string;
  readonly ports: readonly DnsPort[];
}
