import { fromBase64, fromUtf8 } from '@trireme/base';
import type { ConfigMap, Container, EnvVar, Pod, Secret } from '@trireme/schema/types/core/v1';
import { type DownwardFacts, fieldValue, resourceFieldValue } from './downward-api.ts';
import { expand } from './expansion.ts';
import { findContainer } from './identity.ts';

/** The objects that a container's environment is made from, by name; one that does not exist is absent. */
export interface EnvironmentSources {
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly serviceVariables: ReadonlyMap<string, string>;
}

export interface SourceNames {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
}

/** Everything `resolveEnvironment` will look for. */
export function environmentSourceNames(container: Container): SourceNames {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) configMaps.add(configMapRef.name);
    if (secretRef?.name) secrets.add(secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) configMaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
  }
  return { configMaps: [...configMaps], secrets: [...secrets] };
}

export type Environment =
  | { readonly variables: ReadonlyMap<string, string>; readonly problem?: undefined }
  /** Why the container cannot be configured; shown with CreateContainerConfigError. */
  | { readonly problem: string };

/** envFrom first, then env over it, then services where the name is free. */
export function resolveEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
  facts: DownwardFacts,
): Environment {
  const variables = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    const prefix = from.prefix ?? '';
    const values = from.configMapRef
      ? configMapValues(from.configMapRef, sources)
      : from.secretRef
        ? secretValues(from.secretRef, sources)
        : new Map<string, string>();
    if (typeof values === 'string') return { problem: values };
    for (const [key, value] of values) variables.set(prefix + key, value);
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(pod, container, variable, sources, facts, variables);
    if (typeof value === 'object') return value;
    if (value !== undefined) variables.set(variable.name, value);
  }
  for (const [name, value] of sources.serviceVariables) if (!variables.has(name)) variables.set(name, value);
  return { variables };
}

/** A value, undefined for "leave it out", or the problem. */
function variableValue(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  sources: EnvironmentSources,
  facts: DownwardFacts,
  known: ReadonlyMap<string, string>,
): string | undefined | { readonly problem: string } {
  const from = variable.valueFrom;
  if (variable.value || !from)
    return expand(variable.value ?? '', (name) => known.get(name) ?? sources.serviceVariables.get(name));
  if (from.fieldRef) {
    const value = fieldValue(pod, from.fieldRef.fieldPath, facts);
    return value ?? { problem: `unsupported fieldPath: ${from.fieldRef.fieldPath}` };
  }
  if (from.resourceFieldRef) {
    const { containerName } = from.resourceFieldRef;
    const subject = containerName ? findContainer(pod, containerName)?.container : container;
    if (!subject) return { problem: `container ${containerName} not found` };
    const value = resourceFieldValue(subject, from.resourceFieldRef, facts);
    return value ?? { problem: `unsupported container resource : ${from.resourceFieldRef.resource}` };
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const configMap = sources.configMaps.get(name);
    if (!configMap) return optional ? undefined : { problem: `configmap "${name}" not found` };
    const value = configMap.data?.[key];
    if (value !== undefined) return value;
    return optional
      ? undefined
      : { problem: `couldn't find key ${key} in ConfigMap ${pod.metadata.namespace}/${name}` };
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const secret = sources.secrets.get(name);
    if (!secret) return optional ? undefined : { problem: `secret "${name}" not found` };
    const value = secret.data?.[key];
    if (value !== undefined) return decode(value);
    return optional ? undefined : { problem: `couldn't find key ${key} in Secret ${pod.metadata.namespace}/${name}` };
  }
  return '';
}

type Named = { readonly name?: string | undefined; readonly optional?: boolean | undefined };

function configMapValues(ref: Named, sources: EnvironmentSources): ReadonlyMap<string, string> | string {
  const configMap = sources.configMaps.get(ref.name ?? '');
  if (!configMap) return ref.optional ? new Map() : `configmap "${ref.name}" not found`;
  return new Map(Object.entries(configMap.data ?? {}));
}

function secretValues(ref: Named, sources: EnvironmentSources): ReadonlyMap<string, string> | string {
  const secret = sources.secrets.get(ref.name ?? '');
  if (!secret) return ref.optional ? new Map() : `secret "${ref.name}" not found`;
  return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, decode(value)]));
}

function decode(base64: string): string {
  return fromUtf8(fromBase64(base64) ?? new Uint8Array(0));
}
