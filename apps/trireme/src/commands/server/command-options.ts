export interface ServerOptions {
  readonly dataDir: string;
  readonly name?: string;
  readonly clusterName: string;
  readonly listen: readonly string[];
  readonly sharedListen: readonly string[];
  readonly peerListen: string;
  readonly etcdListen?: string;
  readonly advertiseAddress?: string;
  readonly join: readonly string[];
  readonly token?: string;
  /** In milliseconds; 0 or absent: compacted history is not kept. */
  readonly historyRetention?: number;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly joinTimeout: number;
}
