import type { Answer } from '../ask.ts';
import { spreadOf } from '../figures.ts';
import { EPOLL, LOGGING } from '../proxies/sluice.ts';

/** What the access log may add to a short connection. */
export const LOGGING_MUST = 1.15;

/** What a connection costs with the access log on, over one without; none where that was not measured. */
export function loggingRatio({ question, rows }: Answer): number[] {
  const find = (proxy: typeof EPOLL) => rows.find(({ contender }) => contender.proxy === proxy);
  const [on, off] = [find(LOGGING), find(EPOLL)];
  if (on === undefined || off === undefined) return [];
  const { key } = question.columns[0]!;
  return [spreadOf(on.rounds, key).median / spreadOf(off.rounds, key).median];
}
