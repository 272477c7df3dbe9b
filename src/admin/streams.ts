import type { ServerResponse } from 'node:http';
import type { Sink, StreamAnswer } from './answer.ts';

export interface StreamLimits {
  /** Streams at once. */
  readonly streams: number;
  /** Bytes that wait for one client. */
  readonly queued: number;
  /** Between the lines that only tell that both sides are there. */
  readonly beatMs: number;
}

/** A page that watches has one stream, or two: this many people look at an edge at once. */
export const STREAM_LIMITS: StreamLimits = { streams: 16, queued: 256 * 1024, beatMs: 5000 };

// A comment of text/event-stream: no reader sees it.
const BEAT = ':\n\n';

/** The answers that are still being given. Each holds no more than its client may leave unread. */
export class Streams {
  readonly #limits: StreamLimits;
  readonly #stops = new Map<ServerResponse, () => void>();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Whether there is no room for one more. */
  get full(): boolean {
    return this.#stops.size >= this.#limits.streams;
  }

  /** Begin to answer; the head has been written. */
  begin(response: ServerResponse, answer: StreamAnswer): void {
    // Sent now, so that the client knows that it is connected before there is anything to tell.
    response.flushHeaders();
    const beat = setInterval(() => {
      if (response.writableLength === 0) response.write(BEAT);
    }, this.#limits.beatMs).unref();
    // Until it has begun there is nothing to stop, and it may end itself as it begins.
    let stop: (() => void) | null = null;
    this.#stops.set(response, () => {
      clearInterval(beat);
      if (!this.#stops.delete(response)) return;
      stop?.();
    });
    response.once('close', () => this.#stops.get(response)?.());
    stop = answer.stream(this.#sink(response));
    if (!this.#stops.has(response)) stop();
  }

  /** End them all. */
  close(): void {
    for (const [response, stop] of this.#stops) {
      stop();
      response.end();
    }
  }

  #sink(response: ServerResponse): Sink {
    return {
      write: (text) => {
        if (!this.#stops.has(response)) return false;
        if (response.writableLength + Buffer.byteLength(text) > this.#limits.queued) return false;
        response.write(text);
        return true;
      },
      end: () => {
        this.#stops.get(response)?.();
        response.end();
      },
    };
  }
}
