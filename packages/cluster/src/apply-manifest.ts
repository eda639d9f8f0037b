import { builtinKinds } from '@trireme/api';
import { CodedError, isJsonObject, type JsonObject } from '@trireme/base';
import type { ApiClient } from '@trireme/client';
import { type ApiObject, apiVersionOf } from '@trireme/schema';
import { parseYamlDocuments } from '@trireme/schema/yaml';

/** Server-side applies every object of a YAML or JSON text, in its order. What names no namespace goes to `default`. */
export async function applyManifest(client: ApiClient, text: string): Promise<readonly ApiObject[]> {
  const applied: ApiObject[] = [];
  for (const { value } of parseYamlDocuments(text)) {
    if (value !== null) applied.push(await applyObject(client, value));
  }
  return applied;
}

async function applyObject(client: ApiClient, value: unknown): Promise<ApiObject> {
  const { apiVersion, kind, metadata } = isJsonObject(value) ? value : {};
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string')
    throw new CodedError('bad-manifest', 'apply a manifest: an object lacks apiVersion, kind or metadata.name.');
  const ref = builtinKinds.find((known) => known.ref.kind === kind && apiVersionOf(known.ref) === apiVersion)?.ref;
  if (!ref) throw new CodedError('unknown-kind', `apply ${kind} ${name}: ${apiVersion} has no such kind.`);
  const given = isJsonObject(metadata) && typeof metadata.namespace === 'string' ? metadata.namespace : 'default';
  const target = { name, ...(ref.namespaced ? { namespace: given } : {}) };
  const patch = { type: 'apply', body: value as JsonObject } as const;
  return await client.resource(ref).patch(target, patch, { fieldManager: 'cluster-from-code', force: true });
}
