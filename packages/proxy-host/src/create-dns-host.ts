import { messageOf } from '@trireme/base';
import type { Informer, InformerFactory } from '@trireme/client';
import {
  answer,
  createDnsIndex,
  decodeAnswers,
  encodeAnswer,
  encodeQuestion,
  type Reaction,
  refusal,
} from '@trireme/dns';
import type { DnsAnswer, DnsForwarder, DnsTransport, Logger } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { endpointslices, services } from '@trireme/schema/resources';

export interface DnsHostDeps {
  readonly informers: InformerFactory;
  readonly logger: Logger;
  /** For names that are not the cluster's. Default none: they are refused. */
  readonly forwarder?: DnsForwarder | undefined;
}

export interface DnsHostOptions {
  /** Default cluster.local. */
  readonly clusterDomain?: string | undefined;
  /** Default 5, at most 30. */
  readonly ttlSeconds?: number | undefined;
}

export interface DnsHost {
  /** Resolves once all names are known. Before that, every query is answered with SERVFAIL, so that clients try again. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly answer: DnsAnswer;
}

const nothing: Uint8Array = new Uint8Array(0);

export function createDnsHost(deps: DnsHostDeps, options: DnsHostOptions = {}): DnsHost {
  const { forwarder, logger } = deps;
  const index = createDnsIndex();
  const leave: (() => void)[] = [];
  let ready = false;

  const forward = async (message: Uint8Array, transport: DnsTransport): Promise<Uint8Array | undefined> => {
    try {
      return await forwarder?.forward(message, transport);
    } catch (error) {
      logger.log('debug', 'a DNS query could not be forwarded', { error: messageOf(error) });
      return undefined;
    }
  };
  const react = async (reaction: Reaction, message: Uint8Array, transport: DnsTransport): Promise<Uint8Array> => {
    if (reaction.do === 'ignore') return nothing;
    if (reaction.do === 'reply') return reaction.message;
    const { query, limitBytes } = reaction;
    if (reaction.do === 'forward') {
      return (await forward(message, transport)) ?? encodeAnswer(query, refusal('SERVFAIL'), limitBytes);
    }
    const asked = encodeQuestion(query.id, reaction.name, query.type);
    const more = decodeAnswers((await forward(asked, transport)) ?? nothing);
    return encodeAnswer(query, { ...reaction.answer, answers: [...reaction.answer.answers, ...more] }, limitBytes);
  };

  return {
    async start() {
      const [serviceInformer, sliceInformer] = [
        deps.informers.informer(services),
        deps.informers.informer(endpointslices),
      ];
      leave.push(follow(serviceInformer, index.setService, index.removeService));
      leave.push(follow(sliceInformer, index.setSlice, index.removeSlice));
      await Promise.all([serviceInformer.whenSynced(), sliceInformer.whenSynced()]);
      ready = true;
    },
    async stop() {
      ready = false;
      for (const each of leave.splice(0)) each();
    },
    async answer(message, transport) {
      const reaction = answer(message, transport, index.view, { ...options, forwards: forwarder !== undefined, ready });
      return react(reaction, message, transport);
    },
  };
}

function follow<T extends ApiObject>(
  informer: Informer<T>,
  set: (object: T) => void,
  remove: (object: T) => void,
): () => void {
  return informer.subscribe({
    added: set,
    deleted: remove,
    updated: (object) => set(object),
  });
}
