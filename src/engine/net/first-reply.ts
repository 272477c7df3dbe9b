import type { FirstReply } from '../engine.ts';
import type { NetBackend } from './dial.ts';
import type { NetClient } from './peek.ts';
import { HOLD } from './side.ts';
import type { Side, Watch } from './side.ts';

/** See `Engine.firstReply`. What comes in meanwhile is held for `relay`. */
export function firstReply(
  client: NetClient,
  backend: NetBackend,
  timeoutMs: number,
): Promise<FirstReply> {
  const known = knownReply(client, backend);
  if (known !== null) return Promise.resolve(known);
  return new Promise((resolve) => {
    const wait = new FirstReplyWait(client, backend, resolve);
    wait.start(timeoutMs);
  });
}

class FirstReplyWait implements Watch {
  readonly #client: NetClient;
  readonly #backend: NetBackend;
  readonly #resolve: (reply: FirstReply) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: NetClient, backend: NetBackend, resolve: (reply: FirstReply) => void) {
    this.#client = client;
    this.#backend = backend;
    this.#resolve = resolve;
  }

  start(timeoutMs: number): void {
    this.#timer = setTimeout(() => this.#settle('timeout'), timeoutMs);
    for (const side of [this.#client, this.#backend]) {
      side.watch = this;
      side.resume();
    }
  }

  bytes(side: Side, chunk: Buffer): void {
    side.held.append(chunk);
    this.#settle(side === this.#backend ? 'answered' : 'client-spoke');
  }

  ended(side: Side): void {
    this.#settle(side === this.#backend ? 'refused' : 'client-spoke');
  }

  drained(): void {}

  closed(side: Side): void {
    this.ended(side);
  }

  #settle(reply: FirstReply): void {
    clearTimeout(this.#timer);
    for (const side of [this.#client, this.#backend]) {
      side.watch = HOLD;
      side.pause();
    }
    this.#resolve(reply);
  }
}

function knownReply(client: NetClient, backend: NetBackend): FirstReply | null {
  if (backend.received > 0) return 'answered';
  if (isGone(client)) return 'client-spoke';
  return isGone(backend) ? 'refused' : null;
}

function isGone(side: Side): boolean {
  return side.hasEnded || side.fate !== 'open';
}
