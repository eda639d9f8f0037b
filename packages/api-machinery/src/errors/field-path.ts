/** Where in an object a finding lies. Paths are immutable and print as `spec.containers[0].ports[http]`. */
export interface FieldPath {
  child(...names: readonly string[]): FieldPath;
  index(index: number): FieldPath;
  key(key: string): FieldPath;
  toString(): string;
}

function createPath(text: string): FieldPath {
  return {
    child: (...names) => createPath([...(text === '' ? [] : [text]), ...names].join('.')),
    index: (index) => createPath(`${text}[${index}]`),
    key: (key) => createPath(`${text}[${key}]`),
    toString: () => text,
  };
}

/** `fieldPath('spec', 'template')`; without names the root, whose children have no leading dot. */
export function fieldPath(...names: readonly string[]): FieldPath {
  return createPath(names.join('.'));
}
