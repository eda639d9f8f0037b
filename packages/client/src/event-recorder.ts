import { isStatus, StatusError, timeText } from '@trireme/api-machinery';
import { type JsonObject, messageOf } from '@trireme/base';
import { type Logger, type Random, sleep, type Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { events } from '@trireme/schema/resources';
import type { Event, ObjectReference } from '@trireme/schema/types/core/v1';
import type { ApiClient } from './api-client.ts';
import { type Correlation, createEventCorrelator, type EventCorrelatorOptions } from './event-correlator.ts';

/** Tells people what happened to an object. Never waits and never fails; under load events are counted or dropped. */
export interface EventRecorder {
  event(regarding: ApiObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Resolves once everything recorded so far is written, or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderDeps {
  readonly client: ApiClient;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface EventRecorderOptions extends EventCorrelatorOptions {
  /** 'deployment-controller', 'kubelet' */
  readonly component: string;
  /** The node's name, for a kubelet. */
  readonly host?: string;
  /** Events that wait to be written; beyond it new ones are dropped. Default 1000. */
  readonly maxQueued?: number;
}

interface Recorded {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly atMs: number;
}

const maxTries = 12;
const retryMs = 10_000;

export function createEventRecorder(deps: EventRecorderDeps, options: EventRecorderOptions): EventRecorder {
  const { time, random, logger } = deps;
  const { component, host, maxQueued = 1000 } = options;
  const correlator = createEventCorrelator(options);
  const resource = deps.client.resource(events);
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();

  const newEvent = (recorded: Recorded, message: string): Event => {
    const { regarding, type, reason, atMs } = recorded;
    const at = timeText(atMs);
    // Names carry nanoseconds so that they differ; the clock has milliseconds, so chance gives the rest.
    const nanos = BigInt(Math.floor(atMs)) * 1_000_000n + BigInt(Math.floor(random.float() * 1e6));
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${regarding.name}.${nanos.toString(16)}`, namespace: regarding.namespace || 'default' },
      involvedObject: regarding,
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  };

  const create = async (recorded: Recorded, key: string, message: string): Promise<void> => {
    const created = await resource.create(newEvent(recorded, message));
    correlator.written(key, created.metadata.name, 1);
  };

  const write = async (recorded: Recorded, outcome: Correlation): Promise<void> => {
    if (outcome.type === 'drop') return;
    if (outcome.type === 'create') return create(recorded, outcome.key, outcome.message);
    const lastTimestamp = timeText(recorded.atMs);
    const body: JsonObject = { count: outcome.count, lastTimestamp, message: outcome.message };
    const target = { name: outcome.name, namespace: recorded.regarding.namespace || 'default' };
    try {
      await resource.patch(target, { type: 'strategic', body });
      correlator.written(outcome.key, outcome.name, outcome.count);
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
      correlator.forget(outcome.key);
      await create(recorded, outcome.key, outcome.message);
    }
  };

  const correlate = ({ regarding, type, reason, message, atMs }: Recorded): Correlation => {
    const place = [regarding.kind, regarding.namespace, regarding.name, regarding.uid, regarding.fieldPath];
    return correlator.correlate({ type, reason, message, regardingKey: place.join('/') }, atMs);
  };

  const writeWithRetries = async (recorded: Recorded): Promise<void> => {
    // Counted once, however often the write is tried.
    const outcome = correlate(recorded);
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(recorded, outcome);
      } catch (error) {
        const noResponse = error instanceof StatusError && error.status.code === 0;
        if (!noResponse || attempt >= maxTries) {
          logger.log('info', 'an event was not recorded', { error: messageOf(error), reason: recorded.reason });
          return;
        }
        await sleep(time, retryMs * (attempt === 1 ? random.float() : 1));
      }
    }
  };

  return {
    event(regarding, type, reason, message) {
      if (queued >= maxQueued) {
        logger.log('warn', 'too many events wait; one was dropped', { reason });
        return;
      }
      queued++;
      const recorded = { regarding: referenceTo(regarding), type, reason, message, atMs: time.now() };
      tail = tail.then(() => writeWithRetries(recorded)).finally(() => queued--);
    },
    flush: () => tail,
  };
}

/** A reference to the object as it is now, as an Event carries it. */
export function referenceTo(object: ApiObject | ObjectReference): ObjectReference {
  if (!('metadata' in object)) return object;
  const { metadata } = object;
  return {
    kind: object.kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    apiVersion: object.apiVersion,
    resourceVersion: metadata.resourceVersion,
  };
}
