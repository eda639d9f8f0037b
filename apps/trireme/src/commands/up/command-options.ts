export interface UpOptions {
  readonly name: string;
  /** Absent: what the cluster has, or 3 and 2 for a new one. */
  readonly members?: number;
  readonly nodes?: number;
  readonly runtime?: 'containerd' | 'simulated';
  readonly port?: number;
  /** In milliseconds. Absent: what the cluster has. */
  readonly historyRetention?: number;
  readonly install: boolean;
  readonly timeout: number;
}
