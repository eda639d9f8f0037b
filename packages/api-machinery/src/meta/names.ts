/** A rule on a text: what is wrong with it, in upstream's words; empty where nothing is. */
export type TextRule = (value: string) => readonly string[];

const labelForm = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainForm = `${labelForm}(\\.${labelForm})*`;
const label1035Form = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedForm = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueForm = `(${qualifiedForm})?`;
const configKeyForm = '[-._a-zA-Z0-9]+';
const envNameForm = '[-._a-zA-Z][-._a-zA-Z0-9]*';

const whole = (form: string): RegExp => new RegExp(`^${form}$`);

/** Upstream counts names in characters and labels in bytes, in words; ASCII once the form matched, they are the same. */
type Unit = 'characters' | 'bytes';

function tooLong(max: number, unit: Unit): string {
  return `must be no more than ${max} ${unit}`;
}

/** 'message (e.g. 'a',  or 'b', regex used for validation is '...')'; the odd double blank is upstream's. */
function formMessage(message: string, form: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${form}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${form}')`;
}

function textRule(form: string, max: number, message: string, unit: Unit = 'characters'): TextRule {
  const matches = whole(form);
  const length = tooLong(max, unit);
  return (value) => {
    const fits = value.length <= max;
    const formed = matches.test(value);
    if (fits && formed) return [];
    return [...(fits ? [] : [length]), ...(formed ? [] : [message])];
  };
}

const subdomainMessage = formMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainForm,
  'example.com',
);

/** RFC 1123 subdomain, at most 253 bytes: the name of most objects. */
export const dnsSubdomainErrors: TextRule = textRule(subdomainForm, 253, subdomainMessage);

const prefixErrors: TextRule = textRule(subdomainForm, 253, subdomainMessage, 'bytes');

const dnsLabelRule = textRule(
  labelForm,
  63,
  formMessage(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    labelForm,
    'my-name',
    '123-abc',
  ),
);
const subdomain = whole(subdomainForm);

/** RFC 1123 label, at most 63 bytes: namespaces, containers. */
export const dnsLabelErrors: TextRule = (value) => {
  if (!value.includes('.') || !subdomain.test(value)) return dnsLabelRule(value);
  return [...(value.length > 63 ? [tooLong(63, 'characters')] : []), 'must not contain dots'];
};

/** RFC 1035 label, at most 63 bytes: Services. */
export const dns1035LabelErrors: TextRule = textRule(
  label1035Form,
  63,
  formMessage(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    label1035Form,
    'my-name',
    'abc-123',
  ),
);

/** What can be one segment of a URL path: names in RBAC. */
export const pathSegmentErrors: TextRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
};

const qualifiedMessage = formMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedForm,
  'MyName',
  'my.name',
  '123-abc',
);
const qualified = whole(qualifiedForm);

/** 'name' or 'example.com/name': keys of labels and annotations, finalizers, resource names. */
export const qualifiedNameErrors: TextRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts[parts.length - 1] as string;
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...prefixErrors(prefix).map((message) => `prefix part ${message}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push(`name part ${tooLong(63, 'bytes')}`);
  if (!qualified.test(name)) errors.push(`name part ${qualifiedMessage}`);
  return errors;
};

export const labelValueErrors: TextRule = textRule(
  labelValueForm,
  63,
  formMessage(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    labelValueForm,
    'MyValue',
    'my_value',
    '12345',
  ),
  'bytes',
);

function parentFolderErrors(value: string): readonly string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

const configKeyRule = textRule(
  configKeyForm,
  253,
  formMessage(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    configKeyForm,
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
);

/** Keys of ConfigMaps and Secrets. */
export const configMapKeyErrors: TextRule = (value) => [...configKeyRule(value), ...parentFolderErrors(value)];

const envNameRule = textRule(
  envNameForm,
  Number.MAX_SAFE_INTEGER,
  formMessage(
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    envNameForm,
    'my.env-name',
    'MY_ENV.NAME',
    'MyEnvName1',
  ),
);

/** Names of environment variables, in the strict form that envFrom keeps to. */
export const envNameErrors: TextRule = (value) => [...envNameRule(value), ...parentFolderErrors(value)];

/** Names of environment variables in a container: printable ASCII except '='. */
export const relaxedEnvNameErrors: TextRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** 'http', 'https-metrics': names of ports, at most 15 characters. */
export const portNameErrors: TextRule = (value) => {
  const errors: string[] = [];
  if (value.length > 15) errors.push(tooLong(15, 'characters'));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

export const portNumberErrors = (port: number): readonly string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];

/** How metadata.name must look; the kinds name theirs. */
export type ObjectNameRule = 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';

const rules: Readonly<Record<ObjectNameRule, TextRule>> = {
  'dns-subdomain': dnsSubdomainErrors,
  'dns-label': dnsLabelErrors,
  'dns-1035-label': dns1035LabelErrors,
  'path-segment': pathSegmentErrors,
};

/** `prefix`: the value is a generateName, whose trailing dash the random suffix will cover. */
export function objectNameErrors(rule: ObjectNameRule, value: string, prefix = false): readonly string[] {
  const masked = prefix && rule !== 'path-segment' && value.endsWith('-') ? `${value.slice(0, -1)}a` : value;
  return rules[rule](masked);
}
