import type { SourceLog, TrackingMode } from '../../source.ts';
import { followKeyspace, leaveKeyspace, type Watched } from './keyspace.ts';
import type { RedisLink } from '../link.ts';
import { trackChanges, type OnInvalidated } from './tracking.ts';

export interface AnnouncementsOptions {
  readonly watched: Watched;
  readonly log: SourceLog;
  /** Which Redis, fit to be printed. */
  readonly redis: string;
  readonly pollMs: number;
}

/** How Redis lets us learn of changes: the best of three ways that it grants. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  #mode: TrackingMode | null = null;
  /** Why it is none of the better ways; empty when it is the best. */
  #refusal = '';
  #askedAt = 0;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** `null` before it was asked for the first time. */
  get mode(): TrackingMode | null {
    return this.#mode;
  }

  /** When it was last asked, as `performance.now()` has it. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** What is wrong with the way changes are learnt of, in words. */
  get problem(): string | null {
    if (this.#mode === 'keyspace')
      return `changes are learnt of by keyspace notifications: ${this.#refusal}`;
    if (this.#mode !== 'polling') return null;
    return `changes are not announced, all is read every ${this.#options.pollMs} ms: ${this.#refusal}`;
  }

  /** Ask for announcements on a new link. */
  async arm(link: RedisLink, onChanged: OnInvalidated): Promise<void> {
    const { watched } = this.#options;
    const untracked = await trackChanges(link.watch, watched.prefix, onChanged);
    const unnotified = untracked && (await followKeyspace(link, watched, onChanged));
    this.#askedAt = performance.now();
    if (untracked === null) this.#take('tracking', '');
    else if (unnotified === null) this.#take('keyspace', untracked);
    else this.#take('polling', `${untracked}; ${unnotified}`);
  }

  /** Ask again, for a better way. What changes meanwhile may be missed. */
  async rearm(link: RedisLink, onChanged: OnInvalidated): Promise<void> {
    if (this.#mode === 'keyspace') await leaveKeyspace(link);
    await this.arm(link, onChanged);
  }

  #take(mode: TrackingMode, refusal: string): void {
    const isNews = mode !== (this.#mode ?? 'tracking') || refusal !== this.#refusal;
    this.#mode = mode;
    this.#refusal = refusal;
    if (isNews) this.#log();
  }

  #log(): void {
    const { log, redis, pollMs } = this.#options;
    const refusal = this.#refusal;
    if (this.#mode === 'tracking') log.info({ redis }, 'Redis announces changes again');
    else if (this.#mode === 'keyspace')
      log.warn(
        { redis, refusal },
        'Redis refuses tracking: its keyspace notifications are followed',
      );
    else
      log.warn(
        { redis, refusal, pollMs },
        'Redis does not announce changes: all is read over and over',
      );
  }
}
