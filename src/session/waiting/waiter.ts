import type { Session } from '../session.ts';

/** Why a session waits no more: it has room on a backend, or its route is another one now. */
export type Waited = 'room' | 'again';

/** A session that waits for room on a backend of its route, or for a backend. */
export class Waiter {
  readonly pattern: string;
  /** The name that its client wants; of a default route, that of the route. */
  readonly name: string;
  /** It waits for a backend, and whoever can start one is told. */
  readonly wakes: boolean;
  /** Take room; whether there was some. */
  readonly attempt: () => boolean;
  waited: Waited | null = null;
  /** Tell whoever watches the client meanwhile. */
  onGo: () => void;

  constructor(session: Session, attempt: (() => boolean) | null) {
    this.pattern = session.route!.pattern;
    this.name = session.host ?? this.pattern;
    this.wakes = attempt === null;
    this.attempt = attempt ?? (() => false);
    this.onGo = () => session.client.stopPeeking();
  }

  go(waited: Waited): void {
    this.waited = waited;
    this.onGo();
  }

  /** Whether a change of this pattern may be one of its route. */
  concerns(pattern: string): boolean {
    if (pattern === this.pattern || pattern === this.name) return true;
    return pattern.startsWith('*.') && this.name.endsWith(pattern.slice(1));
  }
}
