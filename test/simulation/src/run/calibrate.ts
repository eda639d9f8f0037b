import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { plantedBugs } from '../planted/index.ts';
import { applyEdits, type PlantedBug } from '../planted/plant.ts';
import { runSeeds } from './run-seeds.ts';

/** How a planted bug was found. */
export interface Found {
  readonly bug: PlantedBug;
  /** Seeds run until one failed; undefined where none did. */
  readonly seeds: number | undefined;
  readonly checker: string;
  readonly what: string;
}

export interface CalibrateOptions {
  /** The most seeds for one bug. */
  readonly seeds: number;
  readonly bugs?: readonly PlantedBug[] | undefined;
  readonly progress?: ((found: Found) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const storeSource = join(import.meta.dirname, '../../../../packages/store/src');

/** Runs seeds with each bug until one fails. One process per bug, several bugs at once. */
export async function calibrate(options: CalibrateOptions): Promise<readonly Found[]> {
  const { seeds, bugs = plantedBugs, progress, signal } = options;
  const found = new Map<PlantedBug, Found>();
  const waiting = [...bugs];
  const work = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
      await checkApplies(bug);
      const result = await find(bug, seeds, signal);
      found.set(bug, result);
      progress?.(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return bugs.map((bug) => found.get(bug) as Found);
}

/**
 * Runs seeds until one fails that passes without the bug. A seed that the store fails as it is says nothing of the bug, and
 * would let every bug pass for found.
 */
async function find(bug: PlantedBug, seeds: number, signal: AbortSignal | undefined): Promise<Found> {
  for (let from = 1; from <= seeds; ) {
    const count = seeds - from + 1;
    const tally = await runSeeds({ from, seeds: count, workers: 1, bug: bug.name, untilFailure: true, signal });
    const failure = tally.failures[0];
    if (!failure) break;
    if (await passesWithout(failure.seed, signal))
      return { bug, seeds: failure.seed, checker: failure.checker, what: failure.what };
    from = failure.seed + 1;
  }
  return { bug, seeds: undefined, checker: '', what: '' };
}

const withoutBug = new Map<number, Promise<boolean>>();

function passesWithout(seed: number, signal: AbortSignal | undefined): Promise<boolean> {
  const known = withoutBug.get(seed);
  if (known) return known;
  const passes = runSeeds({ from: seed, seeds: 1, workers: 1, signal }).then(({ failures }) => failures.length === 0);
  withoutBug.set(seed, passes);
  return passes;
}

/** Throws where a bug does not fit the present source. */
export async function checkApplies(bug: PlantedBug): Promise<void> {
  for (const file of new Set(bug.edits.map((edit) => edit.file)))
    applyEdits(bug, file, await readFile(join(storeSource, file), 'utf8'));
}

/** The page in docs/, between its fixed head and nothing. */
export function describeCalibration(found: readonly Found[], seeds: number): string {
  const missed = found.filter((one) => one.seeds === undefined);
  const rows = found.map(
    ({ bug, seeds: needed, checker }) =>
      `| \`${bug.name}\` | ${bug.breaks} | ${needed ?? `not within ${seeds}`} | ${checker && `\`${checker}\``} |`,
  );
  return `# Calibration of the simulation

A simulation that finds nothing says little unless it is known what it would have found. Each bug below is planted into the store by changing its source as it is
loaded (\`test/simulation/src/planted\`; production code has no switch for it), and the simulation runs from seed 1 until a checker objects
([which checkers](simulation.md)). Written by \`npm run simulate -- --calibrate\`.

${found.length - missed.length} of ${found.length} bugs were found within ${seeds} seeds each.

| planted bug | what it breaks | seeds until found | found by |
|---|---|---|---|
${rows.join('\n')}
`;
}
