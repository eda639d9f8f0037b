import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../yard/command.ts';
import type { MemberSite } from '../yard/site.ts';

/** A file that takes all the room on a member's disk. */
export interface Ballast {
  /** Takes what is free now; what is freed later can be taken with another call. */
  fill(): void;
  /** Gives all of it back. */
  drop(): void;
}

export function createBallast({ mount }: MemberSite): Ballast {
  let files: string[] = [];
  return {
    fill() {
      // Large pieces first, then what is left in smaller ones.
      for (let bytes = freeBytes(mount); bytes >= 1024; ) {
        const file = join(mount, `ballast-${files.length}`);
        files.push(file);
        if (attempt('fallocate', '-l', `${bytes}`, file) === undefined) bytes = Math.floor(bytes / 2);
        else bytes = Math.min(bytes, freeBytes(mount));
      }
    },
    drop() {
      for (const file of files) rmSync(file, { force: true });
      files = [];
    },
  };
}

function freeBytes(mount: string): number {
  const { bavail, bsize } = statfsSync(mount);
  return bavail * bsize;
}
