import { messageOf } from '@trireme/base';
import type { Job, JobResult } from './jobs.ts';
import { runFailover } from './run-failover.ts';
import { runFill, runLoops } from './run-loops.ts';
import { runWatch } from './run-watch.ts';

// The load generator, in a process of its own: jobs come in through the pipe to whoever forked it, one at a time, and it ends
// with that pipe.
function run(job: Job): Promise<JobResult> {
  if (job.type === 'loops') return runLoops(job);
  if (job.type === 'fill') return runFill(job);
  if (job.type === 'watch') return runWatch(job);
  return runFailover(job);
}

process.on('disconnect', () => process.exit(0));
process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: messageOf(error) }),
  );
});
