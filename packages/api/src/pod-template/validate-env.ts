import {
  configMapKeyErrors,
  dnsSubdomainErrors,
  type FieldPath,
  fieldErrors,
  qualifiedNameErrors,
  relaxedEnvNameErrors,
} from '@trireme/api-machinery';
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '@trireme/schema/types/core/v1';
import { type Findings, mustBeSet, mustBeSetAndFit, mustFit, mustFitIfSet } from '../field-rules.ts';
import { knownFieldPaths } from './downward-fields.ts';

const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const containerResources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const sizeDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A field of the pod for its containers: `allowed` names those that this place can show. */
export function* validateFieldRef(ref: ObjectFieldSelector, path: FieldPath, allowed: readonly string[]): Findings {
  yield* mustBeSet(path.child('apiVersion'), ref.apiVersion);
  if (!ref.fieldPath) {
    yield fieldErrors.required(path.child('fieldPath'));
    return;
  }
  const subscripted = /^(.+)\['(.*)'\]$/.exec(ref.fieldPath);
  if (subscripted) {
    const [, field = '', key = ''] = subscripted;
    if (field === 'metadata.annotations') {
      for (const message of qualifiedNameErrors(key.toLowerCase())) yield fieldErrors.invalid(path, key, message);
    } else if (field === 'metadata.labels') yield* mustFit(qualifiedNameErrors, path, key);
    else yield fieldErrors.invalid(path, field, 'does not support subscript');
  } else if (!knownFieldPaths.has(ref.fieldPath)) {
    const message = `error converting fieldPath: field label not supported: ${ref.fieldPath}`;
    yield fieldErrors.invalid(path.child('fieldPath'), ref.fieldPath, message);
  } else if (!allowed.includes(ref.fieldPath)) {
    yield fieldErrors.notSupported(path.child('fieldPath'), ref.fieldPath, allowed);
  }
}

/** A resource of a container; outside of a container it must say of which. */
export function* validateResourceFieldRef(ref: ResourceFieldSelector, path: FieldPath, ofVolume: boolean): Findings {
  if (ofVolume && !ref.containerName) {
    yield fieldErrors.required(path.child('containerName'));
  } else if (!ref.resource) {
    yield fieldErrors.required(path.child('resource'));
  } else if (!containerResources.includes(ref.resource) && !/^(limits|requests)\.hugepages-/.test(ref.resource)) {
    yield fieldErrors.notSupported(path.child('resource'), ref.resource, containerResources);
  }
  yield* validateDivisor(ref, path);
}

function* validateDivisor({ resource = '', divisor }: ResourceFieldSelector, path: FieldPath): Findings {
  if (divisor === undefined || divisor === '' || divisor === '0') return;
  const [, name = ''] = resource.split('.');
  const allowed = name === 'cpu' ? ['1m', '1'] : sizeDivisors;
  if (allowed.includes(divisor)) return;
  const list = name === 'cpu' ? '1m and 1' : sizeDivisors.join(', ');
  const called = name.startsWith('hugepages-')
    ? 'hugepages'
    : name === 'ephemeral-storage'
      ? 'local ephemeral storage'
      : name;
  const message = `only divisor's values ${list} are supported with the ${called} resource`;
  yield fieldErrors.invalid(path.child('divisor'), resource, message);
}

function* validateKeyRef(ref: ConfigMapKeySelector, path: FieldPath): Findings {
  yield* mustFit(dnsSubdomainErrors, path.child('name'), ref.name ?? '');
  yield* mustBeSetAndFit(configMapKeyErrors, path.child('key'), ref.key);
}

function* validateValueFrom(env: EnvVar, source: EnvVarSource, path: FieldPath): Findings {
  if (source.fieldRef) yield* validateFieldRef(source.fieldRef, path.child('fieldRef'), envFieldPaths);
  if (source.resourceFieldRef) {
    yield* validateResourceFieldRef(source.resourceFieldRef, path.child('resourceFieldRef'), false);
  }
  if (source.configMapKeyRef) yield* validateKeyRef(source.configMapKeyRef, path.child('configMapKeyRef'));
  if (source.secretKeyRef) yield* validateKeyRef(source.secretKeyRef, path.child('secretKeyRef'));
  const sources = Object.values(source).filter((value) => value !== undefined).length;
  if (sources === 0) {
    const message =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    yield fieldErrors.invalid(path, '', message);
  } else if (env.value) yield fieldErrors.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (sources > 1) yield fieldErrors.invalid(path, '', 'may not have more than one field specified at a time');
}

export function* validateEnv(env: readonly EnvVar[], path: FieldPath): Findings {
  for (const [i, variable] of env.entries()) {
    yield* mustBeSetAndFit(relaxedEnvNameErrors, path.index(i).child('name'), variable.name);
    if (variable.valueFrom) {
      yield* validateValueFrom(variable, variable.valueFrom, path.index(i).child('valueFrom'));
    }
  }
}

export function* validateEnvFrom(sources: readonly EnvFromSource[], path: FieldPath): Findings {
  for (const [i, source] of sources.entries()) {
    yield* mustFitIfSet(relaxedEnvNameErrors, path.index(i).child('prefix'), source.prefix);
    const refs = (['configMapRef', 'secretRef'] as const).filter((name) => source[name] !== undefined);
    for (const name of refs) {
      yield* mustBeSetAndFit(dnsSubdomainErrors, path.index(i).child(name, 'name'), source[name]?.name);
    }
    if (refs.length === 0) yield fieldErrors.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (refs.length > 1) {
      yield fieldErrors.invalid(path, '', 'may not have more than one field specified at a time');
    }
  }
}
