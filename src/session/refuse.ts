import { redirectReply, refusalFor } from '../inspect/refusals.ts';
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
  if (reply === null) client.close();
  else client.refuse(reply);
}

function isUnknown(termination: Termination): boolean {
  return termination === 'unknown-host' || termination === 'no-name';
}

// In the client's own language, as far as it has shown which one that is.
function replyTo(
  { hello, client, termination }: Session,
  protocol: Protocol | 'auto',
): Buffer | null {
  if (hello === null) return refusalFor(termination, sniff(client.head, protocol));
  if (hello.protocol === 'http') return refusalFor(termination, 'http');
  return refusalFor(termination, 'tls', hello.version);
}
