import type { Protocol } from '../../../protocol.ts';
import { parsePattern } from '../../../route/pattern.ts';
import type { BackendUse } from '../../routes/route-backends.ts';
import type { ProbeTarget } from './probe.ts';
import type { ProbeKind, StatusRange } from './verdict.ts';

/** What an operator asks for, of the edge or of one route. */
export type AskedKind = 'off' | ProbeKind;

/** What is asked of plain backends. */
export interface HttpQuestion {
  readonly path: string;
  readonly status: StatusRange;
}

/** Whoever answers at all is back: sessions that failed had no answer. */
const ANY_STATUS: StatusRange = { min: 100, max: 999 };
const ROOT_PATH = '/';
const ACME = 'acme-tls/1';
/** A name of a wildcard that nobody asked for. */
const GUESSED_LABEL = 'sluice-probe';

/**
 * What is sent to a backend of this protocol where `asked` stands: `tls` to a plain one would fail, and
 * so would a plain request to one that speaks TLS. `null` where nothing is.
 */
export function probeKind(asked: AskedKind, protocol: Protocol): ProbeKind | null {
  if (asked === 'off') return null;
  if (asked === 'tls') return protocol === 'tls' ? 'tls' : 'tcp';
  if (asked === 'http') return protocol === 'http' ? 'http' : 'tls';
  return 'tcp';
}

/** The probe of an active check. */
export function activeTarget(
  use: BackendUse,
  kind: ProbeKind,
  { path, status }: HttpQuestion,
): ProbeTarget {
  return { ...targetOf(use), kind, path, status };
}

/** The probe that proves a recovery: what a client of the route would do, up to the first answer. */
export function recoveryTarget(use: BackendUse): ProbeTarget {
  const kind = use.protocol === 'tls' ? 'tls' : 'http';
  return { ...targetOf(use), kind, path: ROOT_PATH, status: ANY_STATUS };
}

function targetOf(use: BackendUse) {
  const { endpoint, proxy } = use.backend;
  const alpn = use.isAcme ? ACME : null;
  return { endpoint, proxy, alpn, ...nameOf(use) };
}

// For a wildcard and a default route, what a client asked for last: names that a backend does not have
// may cost it more than those it has.
function nameOf({ pattern, asked }: BackendUse): Pick<ProbeTarget, 'name' | 'isGuess'> {
  const parsed = parsePattern(pattern);
  if ('pattern' in parsed && parsed.pattern.kind === 'exact')
    return { name: pattern, isGuess: false };
  const isWildcard = pattern.startsWith('*.');
  return {
    name: asked ?? (isWildcard ? `${GUESSED_LABEL}${pattern.slice(1)}` : null),
    isGuess: true,
  };
}
