import { quoteGo } from '../json/quote.ts';

/** The two timestamp forms of the API: whole seconds (`Time`), and exactly six digits after them (`MicroTime`). */
export type TimePrecision = 'seconds' | 'micros';

export type ParsedTime = { readonly text: string } | { readonly error: string };

const layouts: Readonly<Record<TimePrecision, string>> = {
  seconds: '2006-01-02T15:04:05Z07:00',
  micros: '2006-01-02T15:04:05.000000Z07:00',
};
const canonical: Readonly<Record<TimePrecision, RegExp>> = {
  seconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/,
  micros: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/,
};

/** Each part of the layout, with what Go's error calls it and the largest value it takes. */
const parts: readonly (readonly [name: string, pattern: RegExp, range?: readonly [string, number, number]])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/, ['month', 1, 12]],
  ['-', /^-/],
  ['02', /^\d{2}/, ['day', 1, 31]],
  ['T', /^T/],
  ['15', /^\d{2}/, ['hour', 0, 23]],
  [':', /^:/],
  ['04', /^\d{2}/, ['minute', 0, 59]],
  [':', /^:/],
  ['05', /^\d{2}/, ['second', 0, 59]],
];
const zonePattern = /^(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)/;

/** Reads a timestamp as Go does, and writes it as the API does: in UTC. */
export function parseTime(text: string, precision: TimePrecision): ParsedTime {
  if (canonical[precision].test(text)) return { text };
  const parsing = `parsing time ${quoteGo(text)}`;
  const refuse = (rest: string, part: string): ParsedTime => ({
    error: `${parsing} as ${quoteGo(layouts[precision])}: cannot parse ${quoteGo(rest)} as ${quoteGo(part)}`,
  });
  let rest = text;
  for (const [name, pattern, range] of parts) {
    const [found] = pattern.exec(rest) ?? [];
    if (found === undefined) return refuse(rest, name);
    if (range && (Number(found) < range[1] || Number(found) > range[2])) {
      return { error: `${parsing}: ${range[0]} out of range` };
    }
    rest = rest.slice(found.length);
  }
  const [fraction = ''] = (precision === 'micros' ? /^\.\d{6}/ : /^\.\d+/).exec(rest) ?? [];
  if (precision === 'micros' && fraction === '') return refuse(rest, '.000000');
  rest = rest.slice(fraction.length);
  const [zone] = zonePattern.exec(rest) ?? [];
  if (zone === undefined) return refuse(rest, 'Z07:00');
  if (rest !== zone) return { error: `${parsing}: extra text: ${quoteGo(rest.slice(zone.length))}` };
  if (!dayExists(text)) return { error: `${parsing}: day out of range` };
  return { text: `${inUtc(text.slice(0, 19), zone)}${precision === 'micros' ? fraction : ''}Z` };
}

function dayExists(text: string): boolean {
  const [year = 0, month = 1, day = 1] = text.slice(0, 10).split('-').map(Number);
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** Shifts 'YYYY-MM-DDTHH:MM:SS' by its zone, and drops the zone. */
function inUtc(local: string, zone: string): string {
  return zone === 'Z' ? local : new Date(Date.parse(`${local}${zone}`)).toISOString().slice(0, 19);
}
