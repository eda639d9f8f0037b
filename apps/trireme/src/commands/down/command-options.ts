export interface DownOptions {
  readonly name: string;
  readonly purge: boolean;
}
