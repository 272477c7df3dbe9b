import { BACKEND_OPTIONS } from './groups/backends.ts';
import { EJECTION_OPTIONS } from './groups/ejection.ts';
import { LIMIT_OPTIONS } from './groups/limits.ts';
import { LISTENING_OPTIONS } from './groups/listening.ts';
import { OPERATION_OPTIONS } from './groups/operation.ts';
import { PROBE_OPTIONS } from './groups/probes.ts';
import { REDIS_OPTIONS } from './groups/redis.ts';
import { ROUTE_OPTIONS } from './groups/routes.ts';
import { SESSION_OPTIONS } from './groups/sessions.ts';
import type { Option, ValueOf } from './option.ts';

/**
 * Every option there is: from here come the flags, the SLUICE_* variables, the keys of the file, their
 * validation, `--help` and the table in README.md. The key is the name in `Config`, with its unit.
 */
export const OPTIONS = {
  ...LISTENING_OPTIONS,
  ...REDIS_OPTIONS,
  ...ROUTE_OPTIONS,
  ...BACKEND_OPTIONS,
  ...EJECTION_OPTIONS,
  ...PROBE_OPTIONS,
  ...SESSION_OPTIONS,
  ...LIMIT_OPTIONS,
  ...OPERATION_OPTIONS,
} as const satisfies Record<string, Option>;

export type OptionKey = keyof typeof OPTIONS;

/** The whole configuration, validated. Exactly one of `redis`, `redisSentinel`,
 * `redisCluster` and `routes` is there. */
export type Config = { readonly [K in OptionKey]: ValueOf<(typeof OPTIONS)[K]> };

/** The rows of the table, with their keys. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionKey, Option])[];
