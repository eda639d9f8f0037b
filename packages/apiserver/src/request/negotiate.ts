import { statusErrors } from '@trireme/api-machinery';

export type MediaForm = 'json' | 'yaml' | 'protobuf';

/** How the client wants its answer. */
export interface Output {
  readonly form: MediaForm;
  /** The transformation asked for, for objects and lists that can be shown so. */
  readonly as: 'object' | 'table' | 'partial';
  readonly pretty: boolean;
}

export const mediaTypes: Readonly<Record<MediaForm, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

const formOf: Readonly<Record<string, MediaForm>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};

const acceptedText = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** Chooses the answer's form from Accept. Throws 406 where nothing asked for can be made. */
export function negotiateOutput(accept: string | undefined, query: URLSearchParams, userAgent = ''): Output {
  const pretty = wantsPretty(query, userAgent);
  if (!accept) return { form: 'json', as: 'object', pretty };
  for (const { type, parameters } of parseMediaTypes(accept)) {
    const form = formOf[type];
    if (!form) continue;
    const as = transformationOf(parameters, form);
    if (as) return { form, as, pretty };
  }
  throw statusErrors.notAcceptable(acceptedText);
}

export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media ranges of an Accept header, the most wanted first. */
export function parseMediaTypes(header: string): readonly MediaType[] {
  const parsed = header.split(',').map((part, index) => {
    const [type = '', ...rest] = part.split(';').map((text) => text.trim());
    const parameters = new Map(
      rest.map((text) => {
        const at = text.indexOf('=');
        return at < 0
          ? [text.toLowerCase(), '']
          : [text.slice(0, at).toLowerCase(), text.slice(at + 1).replaceAll('"', '')];
      }),
    );
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? 1), index };
  });
  return parsed.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality || a.index - b.index);
}

function transformationOf(parameters: ReadonlyMap<string, string>, form: MediaForm): Output['as'] | undefined {
  const as = parameters.get('as');
  if (as === undefined) return 'object';
  const version = parameters.get('v') ?? 'v1';
  if ((parameters.get('g') ?? 'meta.k8s.io') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1') return undefined;
  if (as === 'Table') return form === 'protobuf' ? undefined : 'table';
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'partial';
  return undefined;
}

/** As upstream: on request, and by itself for those who read with their own eyes. */
function wantsPretty(query: URLSearchParams, userAgent: string): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked !== '0' && asked !== 'false';
  return userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0');
}
