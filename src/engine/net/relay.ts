import type { RelayEnd, RelayOptions, RelayOwner } from '../engine.ts';
import type { NetBackend } from './dial.ts';
import type { NetClient } from './peek.ts';
import type { Side, Watch } from './side.ts';

/** Silence is looked for this often within its limit, so it is found at most a quarter late. */
const SILENCE_CHECKS = 4;

/** A longer delay would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** See `Engine.relay`. */
export function relay(
  client: NetClient,
  backend: NetBackend,
  options: RelayOptions,
  owner: RelayOwner,
): void {
  new Relay(client, backend, options, owner).start();
}

class Relay implements Watch {
  readonly #client: NetClient;
  readonly #backend: NetBackend;
  readonly #options: RelayOptions;
  readonly #owner: RelayOwner;
  #cause: RelayEnd | null = null;
  #openSides = 2;
  #timer: NodeJS.Timeout | undefined;
  #bytesSeen = 0;
  #quietChecks = 0;

  constructor(client: NetClient, backend: NetBackend, options: RelayOptions, owner: RelayOwner) {
    this.#client = client;
    this.#backend = backend;
    this.#options = options;
    this.#owner = owner;
  }

  start(): void {
    this.#client.watch = this;
    this.#backend.watch = this;
    this.#limitSilence(this.#options.idleTimeoutMs);
    this.#take(this.#client, this.#client.held.take());
    this.#take(this.#backend, this.#backend.held.take());
  }

  bytes(from: Side, chunk: Buffer): void {
    const to = this.#other(from);
    to.socket.write(chunk);
    if (to.socket.writableLength > 0) from.pause();
  }

  drained(to: Side): void {
    const from = this.#other(to);
    if (from.hasEnded) to.end();
    else from.resume();
  }

  ended(from: Side): void {
    const to = this.#other(from);
    if (from.received === 0 && !to.hasEnded) from.hungUp = true;
    if (!to.hasEnded) this.#limitSilence(this.#options.halfCloseTimeoutMs);
    // With bytes still to be written, `drained` does it: see `Side.end`.
    if (to.socket.writableLength === 0) to.end();
  }

  closed(side: Side): void {
    this.#openSides -= 1;
    const other = this.#other(side);
    if (side.fate !== 'open') this.#cause ??= this.#abortedBy(side);
    if (side.fate === 'reset') other.reset();
    if (side.fate === 'closed') other.close();
    if (this.#openSides === 0) this.#settle();
  }

  /** Take over a side as the earlier stages left it. */
  #take(side: Side, held: Buffer): void {
    if (held.length > 0) this.bytes(side, held);
    if (side.isClosed) this.closed(side);
    else if (side.hasEnded) this.ended(side);
    else if (this.#other(side).socket.writableLength === 0) side.resume();
  }

  /** End the session once no byte has come either way for so long. */
  #limitSilence(timeoutMs: number): void {
    clearInterval(this.#timer);
    this.#quietChecks = 0;
    this.#bytesSeen = this.#bytesReceived();
    const everyMs = Math.min(timeoutMs / SILENCE_CHECKS, MAX_DELAY_MS);
    this.#timer = setInterval(() => this.#checkSilence(), everyMs);
  }

  // The totals are looked at now and then, so that a byte costs no timer and no look at the clock.
  #checkSilence(): void {
    const bytes = this.#bytesReceived();
    this.#quietChecks = bytes === this.#bytesSeen ? this.#quietChecks + 1 : 0;
    this.#bytesSeen = bytes;
    if (this.#quietChecks < SILENCE_CHECKS) return;
    const hasHalfClosed = this.#client.hasEnded || this.#backend.hasEnded;
    this.#cause ??= hasHalfClosed ? 'half-close-timeout' : 'idle-timeout';
    this.#client.close();
    this.#backend.close();
  }

  #bytesReceived(): number {
    return this.#client.received + this.#backend.received;
  }

  #settle(): void {
    clearInterval(this.#timer);
    this.#owner.relayed(this.#cause ?? 'ok');
  }

  #abortedBy(side: Side): RelayEnd {
    return side === this.#client ? 'client-aborted' : 'backend-aborted';
  }

  #other(side: Side): Side {
    return side === this.#client ? this.#backend : this.#client;
  }
}
