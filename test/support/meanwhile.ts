/**
 * Do the work, and something else over and over until it is done: one after the other in each of
 * `lanes`. Rejects with the first failure of either, when both have ended.
 */
export async function meanwhile(
  work: () => Promise<void>,
  again: () => Promise<void>,
  lanes = 1,
): Promise<void> {
  const over = new AbortController();
  const repeat = async () => {
    while (!over.signal.aborted) await again();
  };
  const repeated = Array.from({ length: lanes }, repeat);
  const all = [work().finally(() => over.abort()), ...repeated];
  const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
