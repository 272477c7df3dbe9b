import { redirectReply, refusalFor, type Spoken } from '../inspect/refusals.ts';
import { sniff } from '../inspect/sniff.ts';
import type { Protocol } from '../protocol.ts';
import { Ended, type Termination } from '../termination.ts';
import { Redirected } from './admission/admit.ts';
import type { Session } from './session.ts';

/** What a client gets whose name is unknown: the TLS alert or HTTP reply, a FIN, or a RST. */
export type OnUnknown = 'alert' | 'close' | 'reset';

export interface RefusePolicy {
  readonly onUnknown: OnUnknown;
  readonly protocols: readonly (Protocol | 'auto')[];
  readonly report: (session: Session, error: unknown) => void;
}

const NOTHING = Buffer.alloc(0);

/** End a session before relay, in the way its client understands. */
export function refuse(session: Session, reason: unknown, policy: RefusePolicy): void {
  if (reason instanceof Ended) session.settle(reason.termination, reason.detail);
  else {
    session.settle('internal-error');
    policy.report(session, reason);
  }
  const { client } = session;
  const { termination } = session;
  if (isUnknown(termination) && policy.onUnknown === 'reset') return client.reset();
  if (isUnknown(termination) && policy.onUnknown === 'close') return client.close();
  const isRedirect = termination === 'redirected' && reason instanceof Redirected;
  const reply = isRedirect
    ? redirectReply(reason.location)
    : replyTo(session, policy.protocols[session.listener]!);
  if (reply !== null) client.refuse(reply);
  // What it may have said is unread, and closing on that would be a reset.
  else if (isTurnedAway(termination)) client.refuse(NOTHING);
  else client.close();
}

/**
 * Whether a session that ends like this may not have been heard: one that is denied or over a limit is told
 * at once, whether it has said a word or not.
 */
export function isTurnedAway(termination: Termination): boolean {
  return termination === 'denied' || termination === 'limited';
}

function isUnknown(termination: Termination): boolean {
  return termination === 'unknown-host' || termination === 'no-name';
}

// In the client's own language, as far as it has shown which one that is.
function replyTo(session: Session, protocol: Protocol | 'auto'): Buffer | null {
  const { hello, termination } = session;
  if (hello === null) return refusalFor(termination, spokenBy(session, protocol));
  if (hello.protocol === 'http') return refusalFor(termination, 'http');
  return refusalFor(termination, 'tls', hello.version);
}

function spokenBy({ client, termination }: Session, protocol: Protocol | 'auto'): Spoken {
  if (client.head.length > 0 || protocol === 'auto') return sniff(client.head, protocol);
  return isTurnedAway(termination) ? protocol : 'unknown';
}
