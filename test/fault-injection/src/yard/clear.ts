import { existsSync, globSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from './command.ts';
import { subnet } from './site.ts';

/** Yards are named for the process that made them, so that one whose process died is known for a ruin. */
const prefix = 'trireme-faults-';
export const yardName = (pid: number): string => `${prefix}${pid}`;
export const folderOf = (pid: number): string => join(tmpdir(), yardName(pid));

/** Takes away all that a yard is made of. `keepLogs`: but for the folder's small files, whose new place is returned. */
export function clearYard(pid: number, keepLogs = false): string | undefined {
  const namespaces = (attempt('ip', 'netns', 'list') ?? '')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(`${yardName(pid)}-`));
  // What runs in these namespaces was started there by us. The process that asks may be in one of them.
  for (const name of namespaces)
    for (const line of (attempt('ip', 'netns', 'pids', name) ?? '').split('\n'))
      if (Number(line) > 0 && Number(line) !== process.pid) kill(Number(line));
  for (const name of namespaces) attempt('ip', 'netns', 'delete', name);
  const folder = folderOf(pid);
  for (const mount of globSync('disk-*', { cwd: folder })) {
    unmount(join(folder, mount));
    rmSync(join(folder, mount), { recursive: true, force: true });
  }
  for (const image of globSync('*.img', { cwd: folder })) rmSync(join(folder, image), { force: true });
  // Another yard on this machine counts on it too.
  if (!(attempt('ip', 'netns', 'list') ?? '').includes(prefix)) attempt('ip', 'route', 'delete', 'unreachable', subnet);
  const kept = join(tmpdir(), `trireme-failed-faults-${pid}-${Date.now()}`);
  if (keepLogs && existsSync(folder)) renameSync(folder, kept);
  else rmSync(folder, { recursive: true, force: true });
  return keepLogs ? kept : undefined;
}

/** Yards of processes that ended without clearing, by SIGKILL. */
export function clearRuins(): void {
  const names = [
    ...readdirSync(tmpdir()),
    ...(attempt('ip', 'netns', 'list') ?? '').split('\n').map((line) => line.split(' ')[0] ?? ''),
  ];
  const pids = new Set(
    names.flatMap((name) => (name.startsWith(prefix) ? [Number.parseInt(name.slice(prefix.length), 10)] : [])),
  );
  for (const pid of pids) if (pid > 0 && !existsSync(`/proc/${pid}`)) clearYard(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A process that was just killed may hold the mount for a moment. The loop device goes with the mount. */
function unmount(mount: string): void {
  for (let i = 0; i < 50 && attempt('mountpoint', '-q', mount) !== undefined; i++) {
    if (attempt('umount', mount) !== undefined) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}
