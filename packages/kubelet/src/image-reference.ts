import type { Container } from '@trireme/schema/types/core/v1';

export interface ImageReference {
  /** 'docker.io' where none is named. */
  readonly registry: string;
  /** 'library/busybox' */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const domain =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const pattern = new RegExp(
  `^(?:(${domain})/)?(${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** Undefined where the text is not an image's name. */
export function parseImageReference(text: string): ImageReference | undefined {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  // The part before the first '/' is a registry only where it cannot be a folder of the default one.
  const isRegistry = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  const full = isRegistry ? text : `docker.io/${text.includes('/') ? text : `library/${text}`}`;
  const match = pattern.exec(full);
  if (!match) return undefined;
  return { registry: match[1] as string, repository: match[2] as string, tag: match[3], digest: match[4] };
}

/** With ':latest' where neither tag nor digest is given; undefined where the text is not an image's name. */
export function withDefaultTag(text: string): string | undefined {
  const reference = parseImageReference(text);
  if (!reference) return undefined;
  return reference.tag || reference.digest ? text : `${text}:latest`;
}

/** The API fills the policy in; this is what it fills in, for objects that came another way. */
export function pullPolicyOf(container: Container): 'Always' | 'IfNotPresent' | 'Never' {
  if (container.imagePullPolicy) return container.imagePullPolicy;
  const reference = parseImageReference(container.image ?? '');
  const latest = !reference?.digest && (reference?.tag ?? 'latest') === 'latest';
  return latest ? 'Always' : 'IfNotPresent';
}
