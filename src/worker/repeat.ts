/** Work takes no larger part of a thread's time than one of so many. */
const TIME_SHARE = 20;

/** Do it every so many milliseconds, and more seldom where it takes long. It keeps nobody alive. */
export function repeat(everyMs: number, work: () => void): void {
  const turn = () => {
    const began = performance.now();
    work();
    const tookMs = performance.now() - began;
    setTimeout(turn, Math.max(everyMs, TIME_SHARE * tookMs)).unref();
  };
  setTimeout(turn, everyMs).unref();
}
