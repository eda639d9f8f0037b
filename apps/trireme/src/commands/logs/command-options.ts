export const logParts = [
  'up',
  'server',
  'apiserver',
  'controllers',
  'agent',
  'kubelet',
  'proxy',
  'containerd',
] as const;

export type LogPart = (typeof logParts)[number];

export interface LogsOptions {
  readonly name: string;
  readonly member: number;
  readonly node: number;
  readonly follow: boolean;
  readonly tail: number;
}
