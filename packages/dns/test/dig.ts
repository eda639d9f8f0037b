import * as packet from 'dns-packet';
import { type AnswerOptions, answer, type DnsView } from '../src/index.ts';

export interface DigOptions extends AnswerOptions {
  readonly transport?: 'udp' | 'tcp';
  readonly id?: number;
  /** The size that the client takes, by EDNS. */
  readonly ednsBytes?: number;
}

export function query(name: string, type: string, id = 7, ednsBytes?: number): Uint8Array {
  const message = Buffer.from(packet.encode({ id, flags: 0x0100, questions: [{ name, type, class: 'IN' }] }));
  if (ednsBytes === undefined) return message;
  message.writeUInt16BE(1, 10);
  return Buffer.concat([message, packet.answer.encode({ name: '.', type: 'OPT', udpPayloadSize: ednsBytes })]);
}

/** The reply as text: its code and flags, then its records with a mark for their section. */
export function dig(view: DnsView, name: string, type: string, options: DigOptions = {}): readonly string[] {
  const { transport = 'udp', id, ednsBytes, ...rest } = options;
  const reaction = answer(query(name, type, id, ednsBytes), transport, view, rest);
  if (reaction.do === 'reply') return textOf(reaction.message);
  return reaction.do === 'follow' ? [`follow ${reaction.name}`] : [reaction.do];
}

const codes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export function textOf(message: Uint8Array): readonly string[] {
  const decoded = packet.decode(Buffer.from(message)) as ReturnType<typeof packet.decode> & {
    readonly authorities: ReturnType<typeof packet.decode>['answers'];
  };
  const flags = (message[2] ?? 0) * 256 + (message[3] ?? 0);
  const names = [flags & 0x0400 ? ' aa' : '', flags & 0x0200 ? ' tc' : ''];
  const lines = (mark: string, records: typeof decoded.answers): readonly string[] =>
    records.map(({ name, type, data }) => `${mark}${name} ${type} ${type === 'OPT' ? '' : dataText(data)}`.trim());
  return [
    `${codes[flags & 15]}${names.join('')}`,
    ...lines('', decoded.answers),
    ...lines('^ ', decoded.authorities),
    ...lines('+ ', decoded.additionals),
  ];
}

function dataText(data: unknown): string {
  if (Array.isArray(data)) return data.map(String).join(' ');
  if (typeof data !== 'object' || data === null) return String(data);
  if ('target' in data) {
    const srv = data as unknown as Record<string, unknown>;
    return [srv.priority, srv.weight, srv.port, srv.target].join(' ');
  }
  return 'mname' in data ? String(data.mname) : '';
}
