import { concatBytes } from '@trireme/base';
import * as packet from 'dns-packet';
import { type Answer, type DnsRecord, type ResponseCode, responseCodes } from './records.ts';

// dns-packet reads and writes with the methods of Node's Buffer, which is in every host that runs this.
declare const Buffer: { from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array };

/** A query as far as it could be read. */
export interface Query {
  readonly id: number;
  /** Opcode, recursion desired and checking disabled, to be sent back. */
  readonly flags: number;
  readonly opcode: number;
  /** The bytes of its question, to be sent back as they came: their letter case is a guard against forged answers. */
  readonly questionBytes: Uint8Array;
  /** 'A'; unknown types are 'UNKNOWN_65'. */
  readonly type: string;
  readonly class: string;
  /** Lower case, without the final dot. */
  readonly name: string;
  /** Absent without EDNS (RFC 6891). */
  readonly edns?: { readonly version: number; readonly sizeBytes: number } | undefined;
}

/** 'ignore': nothing that can be answered, or an answer itself. 'malformed': answer FORMERR. */
export type DecodedQuery =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'malformed'; readonly query: Query }
  | { readonly kind: 'ignore' };

const headerBytes = 12;
const responseFlag = 0x8000;
const authoritativeFlag = 0x0400;
const truncatedFlag = 0x0200;
// The opcode, RD and CD come back as they were (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2).
const echoedFlags = 0x7910;
const noBytes: Uint8Array = new Uint8Array(0);

export function decodeQuery(message: Uint8Array): DecodedQuery {
  if (message.length < headerBytes) return { kind: 'ignore' };
  const flags = word(message, 2);
  if (flags & responseFlag) return { kind: 'ignore' };
  const opcode = (flags >> 11) & 15;
  const bare: Query = {
    id: word(message, 0),
    flags: flags & echoedFlags,
    opcode,
    questionBytes: noBytes,
    type: '',
    class: 'IN',
    name: '',
  };
  // What other opcodes carry is not ours to judge.
  if (opcode !== 0) return { kind: 'query', query: bare };
  const query = word(message, 4) === 1 ? readQuestion(message, bare) : undefined;
  return query ? { kind: 'query', query } : { kind: 'malformed', query: bare };
}

function readQuestion(message: Uint8Array, bare: Query): Query | undefined {
  const questionEnd = endOfQuestion(message);
  if (questionEnd === undefined) return undefined;
  try {
    const { questions, additionals } = packet.decode(
      Buffer.from(message.buffer, message.byteOffset, message.byteLength),
    );
    const [question] = questions;
    const options = additionals.filter(({ type }) => type === 'OPT');
    if (!question || options.length > 1) return undefined;
    const [edns] = options;
    return {
      ...bare,
      questionBytes: message.subarray(headerBytes, questionEnd),
      name: question.name === '.' ? '' : question.name.toLowerCase(),
      type: question.type,
      class: question.class,
      edns: edns && { version: edns.ednsVersion ?? 0, sizeBytes: edns.udpPayloadSize ?? 0 },
    };
  } catch {
    // Whatever it says of the message, the client is told FORMERR.
    return undefined;
  }
}

/** The question is the first thing after the header, so its name has nothing before it to point to. */
function endOfQuestion(message: Uint8Array): number | undefined {
  for (let at = headerBytes; at < message.length; ) {
    const length = message[at] ?? 0;
    if (length > 63) return undefined;
    at += 1 + length;
    if (length === 0) return at + 4 <= message.length ? at + 4 : undefined;
  }
  return undefined;
}

/** The answer's message. What does not fit into `limitBytes` is left out: first additionals, then answers, and those with TC. */
export function encodeAnswer(query: Query, answer: Answer, limitBytes: number): Uint8Array {
  const edns = query.edns ? [encodeEdns(answer.code)] : [];
  const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((size, part) => size + part.length, 0);
  const encode = (records: readonly DnsRecord[]): Uint8Array[] => records.map((each) => encodeRecord(each, query));
  let room = limitBytes - headerBytes - query.questionBytes.length - sizeOf(edns);
  // Once something does not fit, there is less than no room, and nothing may follow a gap.
  const take = (parts: readonly Uint8Array[]): readonly Uint8Array[] => {
    const tooLong = parts.findIndex((part) => {
      room -= part.length;
      return room < 0;
    });
    return tooLong < 0 ? parts : parts.slice(0, tooLong);
  };
  const [answers, authorities] = [encode(answer.answers), encode(answer.authorities)];
  const [sentAnswers, sentAuthorities] = [take(answers), take(authorities)];
  const truncated = sentAnswers.length + sentAuthorities.length < answers.length + authorities.length;
  const additionals = take(encode(answer.additionals));
  const header = encodeHeader(query, answer, truncated, [
    query.questionBytes.length > 0 ? 1 : 0,
    sentAnswers.length,
    sentAuthorities.length,
    additionals.length + edns.length,
  ]);
  return concatBytes([header, query.questionBytes, ...sentAnswers, ...sentAuthorities, ...additionals, ...edns]);
}

function encodeHeader(query: Query, answer: Answer, truncated: boolean, counts: readonly number[]): Uint8Array {
  const flags =
    responseFlag |
    query.flags |
    (answer.authoritative ? authoritativeFlag : 0) |
    (truncated ? truncatedFlag : 0) |
    (responseCodes[answer.code] & 15);
  return new Uint8Array([query.id, flags, ...counts].flatMap((value) => [value >> 8, value & 255]));
}

/** A record whose owner is the name asked for says so in two bytes, by pointing at the question. */
function encodeRecord(record: DnsRecord, query: Query): Uint8Array {
  const bytes = packet.answer.encode(record);
  if (record.name !== query.name || query.questionBytes.length === 0) return bytes;
  return concatBytes([new Uint8Array([0xc0, headerBytes]), bytes.subarray(packet.name.encodingLength(record.name))]);
}

/** What we take over UDP, and the upper bits of the code. */
function encodeEdns(code: ResponseCode): Uint8Array {
  const extendedRcode = responseCodes[code] >> 4;
  return packet.answer.encode({ name: '.', type: 'OPT', udpPayloadSize: udpLimitBytes, extendedRcode });
}

/** Fits into one packet on every link (DNS Flag Day 2020). */
export const udpLimitBytes = 1232;

/** A query for a name, to ask another server. */
export function encodeQuestion(id: number, name: string, type: string): Uint8Array {
  return packet.encode({ id, flags: 0x0100, questions: [{ name, type, class: 'IN' }] });
}

/** The address records and aliases of an answer of another server; none where it cannot be read. */
export function decodeAnswers(message: Uint8Array): readonly DnsRecord[] {
  try {
    const { answers } = packet.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
    return answers.flatMap(({ name, type, ttl = 0, data }): DnsRecord[] =>
      (type === 'A' || type === 'AAAA' || type === 'CNAME') && typeof data === 'string'
        ? [{ name, ttl, type, data }]
        : [],
    );
  } catch {
    return [];
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
