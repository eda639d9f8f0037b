export interface AgentOptions {
  readonly dataDir: string;
  readonly nodeName?: string;
  readonly nodeIp?: string;
  readonly join: readonly string[];
  readonly token?: string;
  readonly runtime: 'containerd' | 'simulated';
  readonly kubeletPort: number;
  readonly podCidr?: string;
  readonly pullProxy?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly joinTimeout: number;
}
