import { decodeQuery, encodeAnswer, type Query, udpLimitBytes } from './codec.ts';
import { type Answer, type DnsRecord, refusal } from './records.ts';
import { resolve } from './resolve.ts';
import type { DnsView } from './view.ts';

export interface AnswerOptions {
  /** Default cluster.local. */
  readonly clusterDomain?: string | undefined;
  /** How long clients may remember an answer, at most 30. Default 5. */
  readonly ttlSeconds?: number | undefined;
  /** Other servers can be asked. Without them, names that are not the cluster's are refused. Default false. */
  readonly forwards?: boolean | undefined;
  /** The view is complete. Until then the cluster's names fail, so that nobody takes a name for absent. Default true. */
  readonly ready?: boolean | undefined;
}

/** What to do with a message. */
export type Reaction =
  | { readonly do: 'reply'; readonly message: Uint8Array }
  /** Pass it on as it is. */
  | { readonly do: 'forward'; readonly query: Query; readonly limitBytes: number }
  /** The cluster's part is known; ask for `name`, and reply with both. */
  | {
      readonly do: 'follow';
      readonly name: string;
      readonly query: Query;
      readonly answer: Answer;
      readonly limitBytes: number;
    }
  | { readonly do: 'ignore' };

const maxTtlSeconds = 30;
const plainUdpLimitBytes = 512;
const tcpLimitBytes = 65_535;

/** Decides on one DNS message. */
export function answer(
  message: Uint8Array,
  transport: 'udp' | 'tcp',
  view: DnsView,
  options: AnswerOptions = {},
): Reaction {
  const decoded = decodeQuery(message);
  if (decoded.kind === 'ignore') return { do: 'ignore' };
  const { query } = decoded;
  const limitBytes = limitOf(query, transport);
  const reply = (made: Answer): Reaction => ({ do: 'reply', message: encodeAnswer(query, made, limitBytes) });
  if (decoded.kind === 'malformed') return reply(refusal('FORMERR'));
  if (query.opcode !== 0) return reply(refusal('NOTIMP'));
  if (query.edns && query.edns.version > 0) return reply(refusal('BADVERS'));
  if (query.class !== 'IN' || query.type === 'AXFR' || query.type === 'IXFR') return reply(refusal('REFUSED'));
  const { clusterDomain = 'cluster.local', ttlSeconds = 5, forwards = false, ready = true } = options;
  const resolution = resolve(query, view, { clusterDomain, ttlSeconds: Math.min(ttlSeconds, maxTtlSeconds) });
  if (!resolution) return forwards ? { do: 'forward', query, limitBytes } : reply(refusal('REFUSED'));
  if (!ready) return reply(refusal('SERVFAIL'));
  if (resolution.mayForward && forwards) return { do: 'forward', query, limitBytes };
  const turned = { ...resolution.answer, answers: turn(resolution.answer.answers, query.id) };
  const { leadsTo } = resolution;
  if (leadsTo !== undefined && forwards) return { do: 'follow', name: leadsTo, query, answer: turned, limitBytes };
  return reply(turned);
}

function limitOf({ edns }: Query, transport: 'udp' | 'tcp'): number {
  if (transport === 'tcp') return tcpLimitBytes;
  return edns ? Math.min(Math.max(edns.sizeBytes, plainUdpLimitBytes), udpLimitBytes) : plainUdpLimitBytes;
}

/** Many clients take the first address, so each query starts the list elsewhere. Its random id picks the place. */
function turn(records: readonly DnsRecord[], id: number): readonly DnsRecord[] {
  const aliases = records.filter(({ type }) => type === 'CNAME');
  const rest = records.filter(({ type }) => type !== 'CNAME');
  if (rest.length < 2) return records;
  const start = id % rest.length;
  return [...aliases, ...rest.slice(start), ...rest.slice(0, start)];
}
