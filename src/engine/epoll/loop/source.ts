/** A descriptor that the loop reports events of. */
export interface Source {
  /** -1 once closed. */
  readonly fd: number;
  /** Tells it from an earlier source with the same descriptor number. Set by the loop. */
  generation: number;
  /** The events it is registered for; 0 while it is not. Set by the loop. */
  watched: number;

  /** `events` is what epoll_wait(2) reported. */
  ready(events: number): void;
  close(): unknown;
}
