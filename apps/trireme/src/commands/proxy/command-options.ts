export interface ProxyOptions {
  readonly directory: string;
  readonly nodeIp: string;
  readonly podCidr: string;
}
