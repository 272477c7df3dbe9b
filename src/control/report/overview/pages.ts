import type { LiveOverview, Watcher } from './live-overview.ts';
import type { Overview } from './overview.ts';

/** `/api/v1/overview`. */
export async function overviewPage(
  live: LiveOverview,
): Promise<{ readonly status: number; readonly body: Overview }> {
  return { status: 200, body: await live.read() };
}

/** `/api/v1/events`. */
export function eventsPage(live: LiveOverview): {
  readonly status: number;
  readonly type: string;
  readonly stream: (watcher: Watcher) => () => void;
} {
  return {
    status: 200,
    type: 'text/event-stream',
    stream: (watcher) => live.watch(watcher),
  };
}
