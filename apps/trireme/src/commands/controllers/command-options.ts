export interface ControllersOptions {
  readonly dataDir: string;
  readonly server: string;
  readonly identity: string;
}
