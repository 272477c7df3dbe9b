/** Why a backend was put out of use: a closed set, the label of the metric. */
export const EJECTION_CAUSES = [
  'refused',
  'timeout',
  'unreachable',
  'reset',
  'closed',
  'other',
  'probe',
  'shared',
] as const;
export type EjectionCause = (typeof EJECTION_CAUSES)[number];

export interface EjectionRules {
  /** Failures in a row; 0: sessions eject nobody. */
  readonly ejectAfter: number;
  /** The first time: it doubles with every further one. */
  readonly ejectForMs: number;
  /** From a tenth of its weight to all of it. */
  readonly slowStartMs: number;
}

/** What one backend's word says. */
export interface Health {
  readonly out: boolean;
  /** One session tries it out. */
  readonly trial: boolean;
  /** Its recovery is for the control plane to prove. */
  readonly probed: boolean;
  /** It closed without a byte in this row of failures. */
  readonly closed: boolean;
  /** In a row. */
  readonly failures: number;
  /** How often it was put out of use of late. */
  readonly repetition: number;
  /** Out: when its time is over. In use: since when, or 0 if it was never out. `machineNow()` milliseconds. */
  readonly at: number;
}

// A doubled time ends here: a backend that is back is not left out for longer.
const LONGEST_MS = 5 * 60_000;
// So long in use, and one ejection is forgotten.
const FORGET_MS = 60_000;
// A session that tries a backend out says how it went within this, or another may.
const TRIAL_MS = 10_000;

const FLAG = { out: 1, trial: 2, probed: 4, closed: 8 } as const;
const MAX_FAILURES = 0xff;
const FAILURES_AT = 4;
const MAX_REPETITION = 0x1f;
const REPETITION_AT = 12;
const TIME_AT = 17n;
const LOW_BITS = (1n << TIME_AT) - 1n;
/** 42 bits, which are 139 years. */
const LATEST = 2 ** 42 - 1;

/** A backend of which nothing is known: its word is 0. */
export const UNKNOWN: Health = decode(0n);

export function decode(word: bigint): Health {
  const low = Number(word & LOW_BITS);
  return {
    out: (low & FLAG.out) !== 0,
    trial: (low & FLAG.trial) !== 0,
    probed: (low & FLAG.probed) !== 0,
    closed: (low & FLAG.closed) !== 0,
    failures: (low >> FAILURES_AT) & MAX_FAILURES,
    repetition: (low >> REPETITION_AT) & MAX_REPETITION,
    at: Number(word >> TIME_AT),
  };
}

export function encode(health: Health): bigint {
  const { out, trial, probed, closed, failures, repetition, at } = health;
  const flags =
    (out ? FLAG.out : 0) |
    (trial ? FLAG.trial : 0) |
    (probed ? FLAG.probed : 0) |
    (closed ? FLAG.closed : 0);
  const low = flags | (failures << FAILURES_AT) | (repetition << REPETITION_AT);
  const time = Math.max(0, Math.min(LATEST, Math.round(at)));
  return (BigInt(time) << TIME_AT) | BigInt(low);
}

/** After one more failure; `null` where that changes nothing. */
export function afterFailure(
  health: Health,
  nowMs: number,
  cause: EjectionCause,
  rules: EjectionRules,
): Health | null {
  if (health.out) return isTimeOver(health, nowMs) ? ejected(health, nowMs, rules) : null;
  if (rules.ejectAfter === 0) return null;
  const failures = Math.min(MAX_FAILURES, health.failures + 1);
  if (failures >= rules.ejectAfter) return ejected(health, nowMs, rules);
  return { ...health, failures, closed: health.closed || cause === 'closed' };
}

/** After an answer. One that comes while it is out is of before, and proves nothing. */
export function afterSuccess(health: Health, nowMs: number): Health | null {
  if (health.out) return isTimeOver(health, nowMs) ? admitted(health, nowMs) : null;
  return health.failures === 0 ? null : { ...health, failures: 0, closed: false };
}

/** After a connection that stands, which is no answer yet. */
export function afterConnect(health: Health): Health | null {
  return health.failures === 0 || health.closed ? null : { ...health, failures: 0 };
}

/** A trial is begun, until it has taken too long. */
export function onTrial(health: Health, nowMs: number): Health | null {
  if (!health.out || health.probed || health.at > nowMs) return null;
  return { ...health, trial: true, at: nowMs + TRIAL_MS };
}

export function admitted(health: Health, nowMs: number): Health | null {
  if (!health.out) return null;
  return { ...UNKNOWN, repetition: health.repetition, at: nowMs };
}

/** Its time is over, or it is tried out just now: what comes of it next says whether it is back. */
export function isTimeOver({ out, trial, at }: Health, nowMs: number): boolean {
  return out && (trial || at <= nowMs);
}

/** In order for so long that its past does not count any more. */
export function isForgiven({ out, failures, repetition, at }: Health, nowMs: number): boolean {
  return !out && failures === 0 && nowMs - at >= repetition * FORGET_MS;
}

function ejected(health: Health, nowMs: number, rules: EjectionRules): Health {
  const repetition = repetitionAt(health, nowMs);
  const longest = Math.max(LONGEST_MS, rules.ejectForMs);
  const duration = Math.min(longest, rules.ejectForMs * 2 ** repetition);
  return {
    ...UNKNOWN,
    out: true,
    probed: health.probed,
    repetition: Math.min(MAX_REPETITION, repetition + 1),
    at: nowMs + duration,
  };
}

function repetitionAt({ out, repetition, at }: Health, nowMs: number): number {
  if (out || at === 0) return repetition;
  const forgotten = Math.floor(Math.max(0, nowMs - at) / FORGET_MS);
  return Math.max(0, repetition - forgotten);
}
