const most = 3;

/** The names that `name` may have been meant to be: the nearest first, none that is far. */
export function nearNames(name: string, names: readonly string[]): readonly string[] {
  return names
    .map((other) => ({ other, far: other.includes(name) && name.length > 3 ? 1 : distance(name, other) }))
    .filter(({ other, far }) => far <= Math.max(2, Math.floor(other.length / 4)))
    .toSorted((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ other }) => other);
}

/** How many letters have to be changed, added or left out (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
