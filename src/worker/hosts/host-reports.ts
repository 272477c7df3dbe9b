import { TouchedTallies, type HostDeltas } from './host-tally.ts';

/** The control plane's turn to take them in is a millisecond or two. */
export const MAX_REPORTED_HOSTS = 4096;

const REPORT_MS = 1000;
/** While there are more than one report holds. */
const NEXT_REPORT_MS = 100;

/** Tells the control plane each second what happened to hosts, of those alone to which something did. */
export class HostReports {
  readonly touched = new TouchedTallies();
  readonly #post: (deltas: HostDeltas) => void;

  constructor(post: (deltas: HostDeltas) => void) {
    this.#post = post;
  }

  start(): void {
    setTimeout(() => this.#report(), REPORT_MS).unref();
  }

  /** Tell what there is to tell, now. */
  flush(): void {
    while (!this.touched.isEmpty) this.#post(this.touched.take(MAX_REPORTED_HOSTS));
  }

  #report(): void {
    if (!this.touched.isEmpty) this.#post(this.touched.take(MAX_REPORTED_HOSTS));
    setTimeout(() => this.#report(), this.touched.isEmpty ? REPORT_MS : NEXT_REPORT_MS).unref();
  }
}
