import type { Candidates } from '../balance/candidates.ts';
import type { BackendSocket } from '../engine/engine.ts';
import type { Hello } from '../inspect/hello.ts';
import type { Termination } from '../termination.ts';
import type { Route } from './route.ts';
import type { Session } from './session.ts';

/** The stages of a session, each a function that a test can replace. A stage ends a session by throwing `Ended`. */
export interface Line {
  inspect(session: Session): Promise<Hello>;
  route(session: Session, hello: Hello): Route | Promise<Route>;
  balance(session: Session, route: Route): Candidates;
  dial(session: Session, hello: Hello, candidates: Candidates): Promise<BackendSocket>;
  relay(session: Session, backend: BackendSocket): Promise<Termination>;
  /** Tell the client why not, and name the ending. Must not throw. */
  refuse(session: Session, reason: unknown): void;
  account(session: Session): void;
}

/** The way of one session, from its first byte to its record. Never rejects. */
export async function runSession(session: Session, line: Line): Promise<void> {
  try {
    const hello = await line.inspect(session);
    const route = await line.route(session, hello);
    const candidates = line.balance(session, route);
    const backend = await line.dial(session, hello, candidates);
    session.settle(await line.relay(session, backend));
  } catch (reason) {
    line.refuse(session, reason);
  }
  line.account(session);
}
