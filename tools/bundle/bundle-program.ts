import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

export interface BundledFile {
  /** Below the output folder. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/**
 * Bundles the entry as `trireme.mjs`, and into `folder` what it loads late. Each source file of the app that is imported
 * dynamically becomes a bundle of its own, with nothing in it that it does not use. Chunks in common would be smaller on
 * disk, but each process would load what any other needs of a package: the smallest would pay for the largest, in memory
 * and in time.
 *
 * A part loads no further one: both would have a copy of each package between them, and an error that one throws is not an
 * instance of the class that the other knows.
 *
 * What refers to a file comes after it, so that files written in this order never lack one.
 */
export async function bundleProgram(entry: string, folder: string): Promise<readonly BundledFile[]> {
  const files: BundledFile[] = [];
  const parts = [entry];
  const app = dirname(entry) + sep;
  for (const part of parts) {
    const isEntry = part === entry;
    const apart = partsApart(app, `./${folder}`, (file) => {
      if (!isEntry) return `${part} loads ${file} late, and is loaded late itself. Import it statically`;
      if (!parts.includes(file)) parts.push(file);
      return undefined;
    });
    files.unshift(...(await bundle(part, isEntry ? 'trireme.mjs' : `${folder}/${bundleName(app, part)}`, apart)));
  }
  return files;
}

/** Of the whole way to the file, since files in two folders may have one name. */
const bundleName = (app: string, file: string): string =>
  `${file.slice(app.length, -'.ts'.length).replaceAll(sep, '-')}.mjs`;

/** Leaves what files below `app` import dynamically to bundles of their own, in `folder`. `onPart` says why that may not be. */
function partsApart(app: string, folder: string, onPart: (file: string) => string | undefined): Plugin {
  return {
    name: 'parts-apart',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
        const file = resolve(resolveDir, path);
        if (kind !== 'dynamic-import' || !file.startsWith(app)) return undefined;
        const refusal = onPart(file);
        if (refusal) return { errors: [{ text: refusal }] };
        return { path: `${folder}/${bundleName(app, file)}`, external: true };
      });
    },
  };
}

async function bundle(entry: string, output: string, plugin: Plugin): Promise<BundledFile[]> {
  const outfile = resolve(output);
  const { outputFiles } = await build({
    entryPoints: [entry],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    sourcemap: true,
    // What carries native code stays outside and is found in node_modules at run time.
    external: ['classic-level', 'msgpackr-extract'],
    plugins: [tables, leanHttp, plugin],
    // Libraries in CommonJS reach for these names, which ES modules lack.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
    },
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents }) => ({ path: relative(resolve(), path), contents }));
}

/** Tables become one string for JSON.parse: an object literal of their size costs several times the memory and time. */
const tables: Plugin = {
  name: 'tables',
  setup(build) {
    build.onLoad({ filter: /\.json$/ }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

/**
 * An ES import of `node:http` evaluates all that it exports, its lazy WebSocket included, and that loads an HTTP client of
 * 8 MB that nothing here uses. A require of it does not.
 */
const leanHttp: Plugin = {
  name: 'lean-http',
  setup(build) {
    build.onResolve({ filter: /^node:http$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'lean-http', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'lean-http' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
