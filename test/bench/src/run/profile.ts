import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const idle = '(idle)';

/** What Node is to be told so that it leaves a profile in `folder` when it ends. */
export const profileFlags = (folder: string): string[] => ['--cpu-prof', `--cpu-prof-dir=${folder}`];

/** The functions that took most, of every process that left a profile, the busiest process first: where to look next. */
export function describeProfiles(folder: string, most = 30): string[] {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => ({ name, ...selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile) }))
    .sort((a, b) => b.busyUs - a.busyUs);
  return profiles.flatMap(({ name, busyUs, functions }) => [
    `${name}: busy for ${(busyUs / 1e6).toFixed(1)} s`,
    ...functions
      .slice(0, most)
      .map(
        ({ us, place }) =>
          `  ${((us / busyUs) * 100).toFixed(1).padStart(5)} %  ${(us / 1000).toFixed(0).padStart(6)} ms  ${place}`,
      ),
  ]);
}

function selfTimes(profile: CpuProfile) {
  const places = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url === '' ? '' : `${basename(url)}:${lineNumber + 1}`}`.trimEnd(),
    ]),
  );
  const times = new Map<string, number>();
  let busyUs = 0;
  profile.samples.forEach((id, index) => {
    const place = places.get(id) ?? '';
    if (place === idle) return;
    // A sample stands for the time until the next one.
    const us = profile.timeDeltas[index + 1] ?? 0;
    times.set(place, (times.get(place) ?? 0) + us);
    busyUs += us;
  });
  const functions = [...times].map(([place, us]) => ({ place, us })).sort((a, b) => b.us - a.us);
  return { busyUs, functions };
}
