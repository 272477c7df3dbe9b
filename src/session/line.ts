import type { Candidates } from '../balance/candidates.ts';
import type { BackendSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import type { Route } from './route.ts';
import type { Session } from './session.ts';

/** The stages of a session, each a function that a test can replace. A stage ends a session by throwing `Ended`. */
export interface Line {
  inspect(session: Session): Hello | Promise<Hello>;
  route(session: Session, hello: Hello): Route | Promise<Route>;
  balance(session: Session, route: Route): Candidates | Promise<Candidates>;
  dial(session: Session, hello: Hello, candidates: Candidates): Promise<BackendSocket>;
  /** Goes on by itself; what is left to do then is `Session.relayed`. Must not throw. */
  relay(session: Session, backend: BackendSocket): void;
  /** Tell the client why not, and name the ending. Must not throw. */
  refuse(session: Session, reason: unknown): void;
  account(session: Session): void;
}

/** The way of one session, from its first byte to its relay. Never rejects. */
export async function runSession(session: Session): Promise<void> {
  const { line } = session.origin;
  try {
    // Most stages need not wait, not even a turn.
    const heard = line.inspect(session);
    const hello = heard instanceof Promise ? await heard : heard;
    const found = line.route(session, hello);
    const route = found instanceof Promise ? await found : found;
    const offered = line.balance(session, route);
    const candidates = offered instanceof Promise ? await offered : offered;
    const backend = await line.dial(session, hello, candidates);
    // Not awaited: for as long as it relayed, a session would keep this function with all it holds.
    line.relay(session, backend);
  } catch (reason) {
    line.refuse(session, reason);
    line.account(session);
  }
}
