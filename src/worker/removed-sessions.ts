import type { Protocol } from '../protocol.ts';
import type { Roster } from '../session/roster.ts';
import type { Session } from '../session/session.ts';
import type { Removal } from './messages.ts';

/** Looked at before others have their turn: a millisecond's work. */
const SESSIONS_PER_TURN = 2000;

type Removals = Readonly<Record<Protocol, Map<string, Set<string>>>>;

/** Ends the sessions of backends that were taken away, a few at a time however many there are. */
export class RemovedSessions {
  readonly #roster: Roster;
  readonly #later: (run: () => void) => void;
  /** Not begun: they are looked for together. */
  #waiting: Removals = none();
  #isWalking = false;

  constructor(roster: Roster, later: (run: () => void) => void = setImmediate) {
    this.#roster = roster;
    this.#later = later;
  }

  end({ pattern, protocol, members }: Removal): void {
    const known = this.#waiting[protocol].get(pattern) ?? new Set();
    for (const member of members) known.add(member);
    this.#waiting[protocol].set(pattern, known);
    if (this.#isWalking) return;
    this.#isWalking = true;
    this.#later(() => this.#begin());
  }

  #begin(): void {
    const removals = this.#waiting;
    this.#waiting = none();
    this.#roster.walk();
    this.#goOn(removals);
  }

  #goOn(removals: Removals): void {
    const visit = (session: Session) => {
      if (isOf(session, removals)) session.end('backend-removed');
    };
    if (this.#roster.step(SESSIONS_PER_TURN, visit)) return this.#later(() => this.#goOn(removals));
    this.#isWalking = this.#waiting.tls.size + this.#waiting.http.size > 0;
    if (this.#isWalking) this.#later(() => this.#begin());
  }
}

function isOf({ protocol, route, backend }: Session, removals: Removals): boolean {
  if (protocol === null || route === null || backend === null) return false;
  const members = removals[protocol].get(route.pattern);
  if (members === undefined) return false;
  return members.has(backend.name) || (backend.member !== undefined && members.has(backend.member));
}

function none(): Removals {
  return { tls: new Map(), http: new Map() };
}
