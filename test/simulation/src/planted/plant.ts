import { registerHooks } from 'node:module';

/** A mistake in the store, made by changing a source as it is loaded. Production code knows nothing of it. */
export interface PlantedBug {
  readonly name: string;
  /** What it breaks, in a few words. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Below packages/store/src. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Changes one source; throws where the text to change is not there exactly once, since then the bug is none. */
export function applyEdits(bug: PlantedBug, file: string, source: string): string {
  let text = source;
  for (const edit of bug.edits) {
    if (edit.file !== file) continue;
    const times = text.split(edit.find).length - 1;
    if (times !== 1)
      throw new Error(`planted bug '${bug.name}': the text to change occurs ${times} times in ${file}; adapt the bug.`);
    text = text.replace(edit.find, () => edit.replace);
  }
  return text;
}

/** From now on, modules of the store are loaded with the bug in them. */
export function plant(bug: PlantedBug): { requireLoaded(): void } {
  const loadedFiles = new Set<string>();
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const edit = bug.edits.find(({ file }) => url.endsWith(`/packages/store/src/${file}`));
      if (!edit || loaded.source === undefined || loaded.source === null) return loaded;
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      loadedFiles.add(edit.file);
      return { ...loaded, source: applyEdits(bug, edit.file, source) };
    },
  });
  return {
    /** A module that had been loaded before would run without the bug, and finding nothing would mean nothing. */
    requireLoaded() {
      const missing = bug.edits.filter(({ file }) => !loadedFiles.has(file));
      if (missing.length > 0) throw new Error(`planted bug '${bug.name}': ${missing[0]?.file} was loaded without it`);
    },
  };
}
