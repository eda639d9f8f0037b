/** The shape of the reference table of API facts that the generator reads. */
export interface ReferenceField {
  readonly type: string;
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

export interface ReferenceType {
  readonly is?: string;
  readonly fields?: Readonly<Record<string, ReferenceField>>;
  readonly gvk?: readonly [group: string, version: string, kind: string];
}

export interface ReferenceResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: readonly [group: string, version: string, kind: string];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: Readonly<
    Record<string, { readonly kind: readonly string[]; readonly verbs: readonly string[] }>
  >;
}

export interface Reference {
  readonly kubernetes: string;
  readonly resources: readonly ReferenceResource[];
  readonly types: Readonly<Record<string, ReferenceType>>;
  readonly protoOnly: Readonly<Record<string, unknown>>;
}
