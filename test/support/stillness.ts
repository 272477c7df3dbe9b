const QUIET_MS = 300;
const POLL_MS = 20;

/**
 * Wait until a count has stood still for a moment. Only for what must stop below a bound and announces it
 * to nobody: a stop seen too early makes a test milder, never wrong.
 */
export async function stillness(count: () => number | Promise<number>): Promise<number> {
  let last = await count();
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const now = await count();
    if (now !== last) quietMs = 0;
    last = now;
  }
  return last;
}
