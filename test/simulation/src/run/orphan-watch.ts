import { workerData } from 'node:worker_threads';

/**
 * A thread beside a worker. A seed that holds the worker's event loop keeps it from seeing that whoever started it is
 * gone; this thread sees it, and ends the process.
 */
const { parent } = workerData as { readonly parent: number };
const everyMs = 1_000;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, everyMs);
