import type { TriedPattern } from '../../../route/tried.ts';
import type { RouteOptions } from '../../../session/route.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';

/** A route that matched, with what is said of it. */
export interface MatchedRoute extends TriedPattern {
  readonly record: RouteRecord;
  readonly inForce: RouteOptions;
}
