// Present in every JavaScript host; used here as arithmetic on a given instant, never to ask for the present.
function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** '2026-01-01T00:00:00Z': meta/v1 Time, in whole seconds. */
export function timeText(ms: number): string {
  return `${isoOf(ms).slice(0, 19)}Z`;
}

/** '2026-01-01T00:00:00.000000Z': meta/v1 MicroTime. Fractions of a millisecond are kept. */
export function microTimeText(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.floor((ms - whole) * 1000);
  return `${isoOf(whole).slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch of an RFC 3339 text; undefined where it is none. */
export function parseTime(text: string | undefined | null): number | undefined {
  const match = text ? rfc3339.exec(text) : null;
  if (!match) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) ? undefined : ms + (fraction === '' ? 0 : Number(`0${fraction}`) * 1000);
}
