/** The answers of a runtime as they are decoded: only the fields that are read. Messages may be null. */

export interface NamedMessage {
  readonly name: string;
  readonly attempt: number;
}

export interface SandboxMetadataMessage extends NamedMessage {
  readonly uid: string;
  readonly namespace: string;
}

type Strings = Readonly<Record<string, string>>;

export interface SandboxMessage {
  readonly id: string;
  readonly metadata: SandboxMetadataMessage | null;
  readonly state: string;
  readonly createdAt: number;
  readonly labels: Strings;
  readonly annotations: Strings;
}

export interface SandboxStatusMessage extends SandboxMessage {
  readonly network: { readonly ip: string; readonly additionalIps?: readonly { readonly ip: string }[] } | null;
  readonly linux: { readonly namespaces: { readonly options: { readonly network: string } | null } | null } | null;
}

export interface ContainerMessage {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: NamedMessage | null;
  readonly state: string;
  readonly createdAt: number;
  readonly labels: Strings;
  readonly annotations: Strings;
}

export interface ContainerStatusMessage extends Omit<ContainerMessage, 'podSandboxId'> {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly image: { readonly image: string } | null;
  readonly imageRef: string;
  readonly logPath: string;
}

export interface ImageMessage {
  readonly id: string;
  readonly repoTags?: readonly string[];
  readonly repoDigests?: readonly string[];
  readonly size: number;
  readonly uid: { readonly value: number } | null;
  readonly username: string;
}

export interface StatsMessage {
  readonly attributes: { readonly id: string } | null;
  readonly cpu: { readonly timestamp: number; readonly usageCoreNanoSeconds: { readonly value: number } | null } | null;
  readonly memory: { readonly timestamp: number; readonly workingSetBytes: { readonly value: number } | null } | null;
}

export interface FilesystemMessage {
  readonly fsId: { readonly mountpoint: string } | null;
  readonly usedBytes: { readonly value: number } | null;
  readonly inodesUsed: { readonly value: number } | null;
}
