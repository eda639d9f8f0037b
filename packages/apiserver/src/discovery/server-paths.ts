import type { Clock, HttpRequest, HttpResponse } from '@trireme/ports';
import { respondJson, respondText } from '../request/respond.ts';

/** One condition of health, named as in /readyz/<name>. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined when all is well, else why not. */
  check(): Promise<string | undefined> | string | undefined;
}

/** The paths that are about the server and not about objects. */
export interface ServerPaths {
  serve(path: string, query: URLSearchParams, request: HttpRequest): Promise<HttpResponse | undefined>;
}

export interface ServerPathsOptions {
  readonly health: Readonly<Record<'healthz' | 'livez' | 'readyz', readonly HealthCheck[]>>;
  readonly version: Readonly<Record<string, string>>;
  /** Other exact paths, each a line here. */
  readonly others: ReadonlyMap<string, () => HttpResponse | Promise<HttpResponse>>;
  /** Families of paths, asked in turn. */
  readonly dynamic: readonly Pick<ServerPaths, 'serve'>[];
}

export function createServerPaths(options: ServerPathsOptions): ServerPaths {
  return {
    async serve(path, query, request) {
      const [, root = '', name, ...more] = path.split('/');
      if (root === 'healthz' || root === 'livez' || root === 'readyz') {
        if (more.length > 0) return undefined;
        return name ? await one(options.health[root], name) : await every(root, options.health[root], query);
      }
      if (path === '/version' || path === '/version/') return respondJson(options.version);
      const exact = await options.others.get(path)?.();
      if (exact) return exact;
      for (const family of options.dynamic) {
        const found = await family.serve(path, query, request);
        if (found) return found;
      }
      return undefined;
    },
  };
}

async function one(checks: readonly HealthCheck[], name: string): Promise<HttpResponse | undefined> {
  const found = checks.find((check) => check.name === name);
  if (!found) return undefined;
  const problem = await found.check();
  return problem === undefined ? respondText(200, 'ok') : respondText(500, `internal server error: ${problem}\n`);
}

async function every(root: string, checks: readonly HealthCheck[], query: URLSearchParams): Promise<HttpResponse> {
  const excluded = new Set(query.getAll('exclude'));
  let text = '';
  let failed = false;
  for (const { name, check } of checks) {
    const problem = excluded.has(name) ? undefined : await check();
    failed ||= problem !== undefined;
    if (excluded.has(name)) text += `[+]${name} excluded: ok\n`;
    // The reason is for the log and for the path of the single check: this one may be read by anyone.
    else text += problem === undefined ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`;
  }
  if (failed) return respondText(500, `${text}${root} check failed\n`);
  return respondText(200, query.has('verbose') ? `${text}${root} check passed\n` : 'ok');
}

/** The few numbers that tell how a server does, in Prometheus' text form. */
export function metricsText(
  clock: Pick<Clock, 'monotonic'>,
  startedMs: number,
  counters: ReadonlyMap<string, number>,
  gauges: Readonly<Record<string, number>>,
): string {
  const lines = ['# TYPE apiserver_request_total counter'];
  for (const [labels, count] of counters) lines.push(`apiserver_request_total{${labels}} ${count}`);
  for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
  lines.push('# TYPE process_uptime_seconds gauge', `process_uptime_seconds ${(clock.monotonic() - startedMs) / 1000}`);
  return `${lines.join('\n')}\n`;
}
