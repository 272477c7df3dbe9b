// For a machine that runs everything at once. A wait that works is far below it.
const DEADLINE_MS = 30_000;
const POLL_MS = 20;

/**
 * What `promise` resolves to; an error that says what was waited for, and what had been seen until
 * then, when that takes longer than `deadlineMs`.
 */
export async function within<T>(
  promise: Promise<T>,
  what: () => string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${deadlineMs} ms: ${what()}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ask again and again until `check` gives something true; a `check` that throws is asked again too.
 * Only for what tells nobody that it has changed.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await attempt(check);
    if ('value' in seen && seen.value) return seen.value;
    if (performance.now() > deadline) throw tooLate(seen, check, deadlineMs);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown };

async function attempt<T>(check: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await check() };
  } catch (error) {
    return { error };
  }
}

function tooLate<T>(seen: Attempt<T>, check: () => unknown, deadlineMs: number): Error {
  const last = 'value' in seen ? `it is ${String(seen.value)}` : String(seen.error);
  const cause = 'value' in seen ? undefined : seen.error;
  return new Error(`not within ${deadlineMs} ms: ${check.toString()}; ${last}`, { cause });
}
