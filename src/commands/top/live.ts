import { constants } from 'node:os';
import type { Overview } from '../../control/report/overview/overview.ts';
import type { Edge } from '../tools/ask-edge.ts';
import { renderFrame, rowCount, type Watched } from './draw/frame.ts';
import { Screen } from './screen.ts';
import { FIRST_VIEW, press, type Key, type View } from './view.ts';
import { watchEdge } from './watch-edge.ts';

/** For how long an edge is gone is told by the second. */
const REDRAW_MS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Show the edge on this terminal until somebody quits. Resolves with the exit code. */
export async function showLive(edge: Edge): Promise<number> {
  const stop = new AbortController();
  const top = new LiveTop(() => stop.abort());
  const signals = SIGNALS.map((name) => {
    const end = () => top.quit(128 + constants.signals[name]);
    process.on(name, end);
    return () => process.off(name, end);
  });
  try {
    await watchEdge(edge, top, stop.signal);
  } finally {
    top[Symbol.dispose]();
    for (const release of signals) release();
  }
  return top.exitCode;
}

/** What is on the screen: from the first overview on. */
class LiveTop implements Disposable {
  exitCode = 0;
  readonly #stop: () => void;
  #screen: Screen | null = null;
  #timer: NodeJS.Timeout | null = null;
  #overview: Overview | null = null;
  #heardAt = 0;
  #gone: string | null = null;
  #view: View = FIRST_VIEW;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  overview(overview: Overview): void {
    this.#overview = overview;
    this.#heardAt = performance.now();
    this.#gone = null;
    if (this.#screen === null) this.#begin();
    this.#draw();
  }

  gone(why: string): void {
    this.#gone = why;
    this.#draw();
  }

  quit(exitCode: number): void {
    this.exitCode = exitCode;
    this.#stop();
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#screen?.[Symbol.dispose]();
  }

  #begin(): void {
    const streams = { input: process.stdin, output: process.stdout };
    this.#screen = new Screen(streams, {
      key: (key) => this.#press(key),
      redraw: () => this.#draw(),
      closed: () => this.quit(1),
    });
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  #press(key: Key): void {
    if (key.ctrl === true && key.name === 'c') return this.quit(0);
    const watched = this.#watched();
    if (watched === null) return;
    const view = press(this.#view, key, rowCount(watched, this.#view));
    if (view === null) return this.quit(0);
    this.#view = view;
    this.#draw();
  }

  #draw(): void {
    const watched = this.#watched();
    if (this.#screen === null || watched === null) return;
    this.#screen.draw(renderFrame(watched, this.#view, this.#screen.size));
  }

  #watched(): Watched | null {
    if (this.#overview === null) return null;
    const ageSeconds = (performance.now() - this.#heardAt) / 1000;
    return { overview: this.#overview, ageSeconds, gone: this.#gone };
  }
}
