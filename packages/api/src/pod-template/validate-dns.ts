import { dnsSubdomainErrors, type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type { HostAlias, PodDNSConfig } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeSet, mustFit } from '../field-rules.ts';
import { ipErrors } from '../ip-rules.ts';

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLength = 2048;
const searchLabel = '[_a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const wholeSearch = new RegExp(`^${searchLabel}(\\.${searchLabel})*$`);

function* validateNameservers(nameservers: readonly string[], policy: string, path: FieldPath): Findings {
  if (nameservers.length > maxNameservers) {
    yield fieldErrors.invalid(path, nameservers, `must not have more than ${maxNameservers} nameservers`);
  }
  if (policy === 'None' && nameservers.length === 0) {
    const message = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    yield fieldErrors.required(path, message);
  }
  for (const [i, nameserver] of nameservers.entries()) yield* mustFit(ipErrors, path.index(i), nameserver);
}

function* validateSearches(searches: readonly string[], path: FieldPath): Findings {
  if (searches.length > maxSearches) {
    yield fieldErrors.invalid(path, searches, `must not have more than ${maxSearches} search paths`);
  }
  if (searches.join(' ').length > maxSearchLength) {
    const message = `must not have more than ${maxSearchLength} characters (including spaces) in the search list`;
    yield fieldErrors.invalid(path, searches, message);
  }
  for (const [i, search] of searches.entries()) {
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    // A single dot asks for names as they are; labels may begin with an underscore here.
    if (search === '.' || wholeSearch.test(name)) continue;
    yield* mustFit(dnsSubdomainErrors, path.index(i), name);
  }
}

export function* validateDnsConfig(config: PodDNSConfig | undefined, policy: string, path: FieldPath): Findings {
  if (!config) {
    if (policy === 'None') yield fieldErrors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    return;
  }
  yield* validateNameservers(config.nameservers ?? [], policy, path.child('nameservers'));
  yield* validateSearches(config.searches ?? [], path.child('searches'));
  for (const [i, option] of (config.options ?? []).entries()) {
    yield* mustBeSet(path.child('options').index(i), option.name, 'must not be empty');
  }
}

export function* validateHostAliases(aliases: readonly HostAlias[], path: FieldPath): Findings {
  for (const [i, alias] of aliases.entries()) {
    yield* mustFit(ipErrors, path.index(i).child('ip'), alias.ip);
    for (const [at, hostname] of (alias.hostnames ?? []).entries()) {
      yield* mustFit(dnsSubdomainErrors, path.index(i).child('hostnames').index(at), hostname);
    }
  }
}
