import type { Answered } from '../../worker/messages.ts';

/**
 * Answers on their way to the workers: those given in one turn are one message. Whoever tells workers to
 * forget something sends what there is first, so that no answer arrives after the news that outdated it.
 */
export class Answers {
  readonly #send: (worker: number, answers: readonly Answered[]) => void;
  readonly #waiting = new Map<number, Answered[]>();

  constructor(send: (worker: number, answers: readonly Answered[]) => void) {
    this.#send = send;
  }

  give(worker: number, answer: Answered): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.flush());
    const answers = this.#waiting.get(worker);
    if (answers === undefined) this.#waiting.set(worker, [answer]);
    else answers.push(answer);
  }

  flush(): void {
    for (const [worker, answers] of this.#waiting) this.#send(worker, answers);
    this.#waiting.clear();
  }
}
