import type { ToWorker } from '../../worker/messages.ts';

/** A worker that takes longer is stuck, which is worth knowing too. */
const ANSWER_MS = 1000;

/** What a worker answers with. */
export interface LiveLines {
  readonly inquiry: number;
  /** Lines of JSON as in the access log, the oldest session first. */
  readonly lines: string;
}

interface Inquiry {
  readonly number: number;
  readonly answers: (string | null)[];
  missing: number;
  readonly done: () => void;
}

/** Asks the workers for their live sessions. */
export class LiveSessions {
  readonly #workers: number;
  readonly #ask: (message: ToWorker) => void;
  #asked = 0;
  #current: Inquiry | null = null;

  constructor(workers: number, ask: (message: ToWorker) => void) {
    this.#workers = workers;
    this.#ask = ask;
  }

  /** The lines of the oldest `max` of each worker; `null` where it does not answer. One call at a time. */
  async oldest(max: number): Promise<readonly (string | null)[]> {
    const answers = Array.from({ length: this.#workers }, () => null);
    this.#asked += 1;
    const number = this.#asked;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((done) => {
      this.#current = { number, answers, missing: this.#workers, done };
      timer = setTimeout(done, ANSWER_MS);
      this.#ask({ type: 'tell-live', inquiry: number, max });
    });
    clearTimeout(timer);
    this.#current = null;
    return answers;
  }

  take(worker: number, { inquiry, lines }: LiveLines): void {
    const current = this.#current;
    if (current === null || current.number !== inquiry) return;
    if (current.answers[worker] !== null) return;
    current.answers[worker] = lines;
    current.missing -= 1;
    if (current.missing === 0) current.done();
  }
}
