import { printable } from '../../account/printable.ts';
import { ComplaintLog, Episodes } from './log.ts';
import type { SourceLog } from '../sources/source.ts';

/** How much of a text from the routes is logged. */
const MAX_LOGGED_LENGTH = 256;

/** What is wrong with routes and listeners, as the log has it: each once, however often it is met. */
export class Complaints {
  readonly #log: SourceLog;
  readonly #routes = new ComplaintLog();
  readonly #acceptTroubles = new Episodes();

  constructor(log: SourceLog) {
    this.#log = log;
  }

  /** Part of a route is not used, and why. */
  ofRoute(pattern: string, member: string, reason: string, what = 'left out of the routes'): void {
    const fields = { route: shown(pattern), member: shown(member), reason: shown(reason) };
    if (!this.#routes.first(pattern, `${fields.member} ${fields.reason}`)) return;
    this.#log.warn(fields, what);
  }

  /** A name has no address. It is the trouble of every route that has it, and one line is enough. */
  ofName([pattern = '']: readonly string[], name: string, reason: string): void {
    this.ofRoute(pattern, name, reason, 'a backend cannot be resolved');
  }

  /** Clients could not be accepted. */
  ofAccept(listener: string, code: string): void {
    if (!this.#acceptTroubles.begins(`${listener} ${code}`, performance.now())) return;
    this.#log.warn({ listener, code }, 'clients cannot be accepted');
  }

  /** A route was read anew, `null` for all: what is wrong with it now is news. */
  forget(pattern: string | null): void {
    this.#routes.forget(pattern);
  }
}

// Whoever may write routes may not write to the operator's terminal.
function shown(text: string): string {
  return printable(text.slice(0, MAX_LOGGED_LENGTH));
}
