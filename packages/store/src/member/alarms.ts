import type { StoreAlarm } from '@trireme/ports';
import type { Command } from '../mvcc/index.ts';

/** An alarm as all members keep it. */
export interface RaisedAlarm extends StoreAlarm {
  /** Of a member whose key space differs: it is known who is right, so it may take the leader's state. */
  readonly isRepairable: boolean;
}

/** Raising what is raised, or ending what is not there, changes nothing. */
export type AlarmCommand =
  | { readonly type: 'alarm'; readonly action: 'raise'; readonly alarm: RaisedAlarm }
  | { readonly type: 'alarm'; readonly action: 'disarm'; readonly alarm: StoreAlarm };

/** Everything that members agree on by the log. */
export type LogCommand = Command | AlarmCommand;

/** The alarms of the cluster: a part of the replicated state, changed by applied entries alone. */
export interface Alarms {
  all(): readonly RaisedAlarm[];
  /** Any member's where none is named. */
  find(type: StoreAlarm['type'], memberId?: bigint): RaisedAlarm | undefined;
  apply(command: AlarmCommand): void;
  /** The member was removed, and what was wrong with it is wrong no more. */
  forget(memberId: bigint): void;
}

export function createAlarms(from: readonly RaisedAlarm[] = []): Alarms {
  const nameOf = ({ memberId, type }: StoreAlarm): string => `${memberId}/${type}`;
  const raised = new Map(from.map((alarm) => [nameOf(alarm), alarm]));
  return {
    all: () => [...raised.values()],
    find(type, memberId) {
      for (const alarm of raised.values())
        if (alarm.type === type && (memberId === undefined || alarm.memberId === memberId)) return alarm;
      return undefined;
    },
    apply(command) {
      const name = nameOf(command.alarm);
      if (command.action === 'disarm') raised.delete(name);
      // Who knows less does not take back what is known.
      else if (command.alarm.isRepairable || !raised.has(name)) raised.set(name, command.alarm);
    },
    forget(memberId) {
      for (const [name, alarm] of raised) if (alarm.memberId === memberId) raised.delete(name);
    },
  };
}
