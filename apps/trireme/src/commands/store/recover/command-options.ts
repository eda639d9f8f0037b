export interface RecoverOptions {
  readonly dataDir?: string;
  readonly cluster?: string;
  readonly member?: number;
  readonly forceNewCluster?: boolean;
}
