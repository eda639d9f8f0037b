/**
 * A duration as kubectl prints ages: '5s', '2m5s', '3h20m', '2d3h', '400d', '2y35d'. The finer the smaller; slightly
 * negative ones, which differing clocks make, read '0s', and others '<invalid>'.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return withRest(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 365 * 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

function withRest(large: number, largeUnit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${rest}${restUnit}`;
}

/** The age of what happened at `timestamp` (RFC 3339), or '<unknown>' without one. */
export function ageText(timestamp: string | undefined, nowMs: number): string {
  const then = timestamp ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(then) ? '<unknown>' : humanDuration(nowMs - then);
}
