import type { StoreMember } from '@trireme/ports';
import type { AlarmCommand } from './alarms.ts';
import type { RunningMember } from './running-member.ts';
import { stoppedError } from './watch-stream.ts';

/** Small beside any request. */
const alarmBytes = 32;

/** The part of the port that tells, raises and ends alarms. A member that serves nothing else answers these. */
export function createAlarmCalls(running: RunningMember): Pick<StoreMember, 'alarms' | 'raiseAlarm' | 'disarmAlarm'> {
  const { state, requests } = running;
  const checkRunning = (): void => {
    if (running.stopped) throw stoppedError();
  };
  const submit = async (command: AlarmCommand): Promise<void> => {
    checkRunning();
    await requests.proposals.submit(command, alarmBytes);
  };
  return {
    async alarms({ serializable = false, signal } = {}) {
      checkRunning();
      if (!serializable) await requests.reads.barrier(signal);
      return state.replica.alarms.all().map(({ memberId, type }) => ({ memberId, type }));
    },
    // Whoever raises it by hand has decided who is wrong.
    raiseAlarm: ({ memberId, type }) =>
      submit({ type: 'alarm', action: 'raise', alarm: { memberId, type, isRepairable: true } }),
    disarmAlarm: ({ memberId, type }) => submit({ type: 'alarm', action: 'disarm', alarm: { memberId, type } }),
  };
}
