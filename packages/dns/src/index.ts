/**
 * The cluster's names: decides on DNS messages over an index of Services and EndpointSlices, after Kubernetes DNS-Based
 * Service Discovery 1.1.0. Pure; what must be asked of other servers is handed back to the caller.
 *
 * @example
 * import { answer, createDnsIndex } from '@trireme/dns';
 *
 * const index = createDnsIndex();
 * index.setService(service); // default/web, 10.96.0.20
 * const reaction = answer(message, 'udp', index.view, { clusterDomain: 'cluster.local' });
 * if (reaction.do === 'reply') socket.send(reaction.message); // web.default.svc.cluster.local A 10.96.0.20
 */
export { type AnswerOptions, answer, type Reaction } from './answer.ts';
export { decodeAnswers, encodeAnswer, encodeQuestion, type Query } from './codec.ts';
export { createDnsIndex, type DnsIndex } from './create-dns-index.ts';
export { type Answer, type DnsRecord, type ResponseCode, refusal, type SoaData, type SrvData } from './records.ts';
export { type Question, type Resolution, type ResolveOptions, resolve } from './resolve.ts';
export type { DnsEndpoint, DnsPort, DnsService, DnsView } from './view.ts';
