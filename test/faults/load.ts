import { askTls } from '../support/ask.ts';

/** Whatever is waited for has happened by then, or never will: the slowest takes a quarter of it. */
const MAX_MS = 120_000;

/** What clients saw, counted by answer: `one`, `alert 80`, `reset` … */
export interface Seen {
  readonly answers: Readonly<Record<string, number>>;
  readonly count: number;
  /** Of all answers, in milliseconds. */
  readonly slowestMs: number;
}

export interface Load {
  readonly address: string;
  readonly name: string;
  /** Clients at once, each of which asks again when it has its answer. */
  readonly width: number;
  /** How many ask in all; or until this says that it is enough, which is to be within two minutes. */
  readonly until: number | (() => boolean);
  readonly onAnswer?: (answer: string, asked: number) => void;
}

/** Real connections, each with a ClientHello, read to their end. */
export async function ask({ address, name, width, until, onAnswer }: Load): Promise<Seen> {
  const answers: Record<string, number> = {};
  let asked = 0;
  let slowestMs = 0;
  const deadline = performance.now() + MAX_MS;
  const isEnough = () => {
    if (typeof until === 'number') return asked >= until;
    if (performance.now() < deadline) return until();
    throw new Error(`still not enough: ${asked} have asked, ${JSON.stringify(answers)}`);
  };
  const client = async () => {
    while (!isEnough()) {
      asked += 1;
      const startedAt = performance.now();
      const answer = await askTls(address, name).catch((error: Error) => error.message);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      answers[answer] = (answers[answer] ?? 0) + 1;
      onAnswer?.(answer, asked);
    }
  };
  await Promise.all(Array.from({ length: width }, client));
  return { answers, count: asked, slowestMs: Math.round(slowestMs) };
}

/** Those who were not answered by one of these backends. */
export function unserved({ answers }: Seen, ...backends: readonly string[]): number {
  return Object.entries(answers)
    .filter(([answer]) => !backends.includes(answer))
    .reduce((sum, [, count]) => sum + count, 0);
}
