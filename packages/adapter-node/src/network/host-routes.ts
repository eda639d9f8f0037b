import { mustRun } from '../run-command.ts';
import { routeDestinations } from './choose-ranges.ts';

/** Where the host has routes to, for `chooseRanges`. */
export async function hostRouteDestinations(): Promise<readonly string[]> {
  return routeDestinations(await mustRun('ip', ['-json', '-4', 'route', 'show', 'table', 'all']));
}
