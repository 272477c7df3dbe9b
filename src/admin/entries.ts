import type { Page, TextAnswer } from './answer.ts';
import { Turns } from './turns.ts';

/** What the admin listener answers with. It only reads. */
export interface AdminSources {
  /** The exposition, and its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string | Buffer }>;
  /** What keeps the edge from being ready, in words; empty when it is. */
  problems(): readonly string[];
  /** What else an operator may want to know, a line each. */
  notes(): readonly string[];
  /** By path, `/api/v1/…`. */
  readonly pages: Readonly<Record<string, Page>>;
  /** By path, what a browser is shown: they tell nothing of the edge, and need no token. */
  readonly files: Readonly<Record<string, Page>>;
}

/** Who may have a page: whoever has the token, anybody, or, of a probe, anybody in short. */
export type Audience = 'guarded' | 'open' | 'probe';

export interface Entry {
  readonly audience: Audience;
  readonly page: Page;
  /** What a probe tells those who may not know more. */
  readonly inShort: Page;
}

/** Answers being made at once: one that waits for Redis or for DNS keeps the others from nothing. */
const LANES = 8;
/** Whoever asks as the ninth waits; more than this are sent away. */
const MAX_WAITING = 32;

/** Every page by its path. */
export function createEntries(sources: AdminSources): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const add = (audience: Audience, path: string, page: Page, inShort = page) =>
    void entries.set(path, { audience, page, inShort });
  const words = () => readiness(sources);
  add('probe', '/livez', () => ({ status: 200, text: 'alive\n' }));
  add('probe', '/readyz', words, () => readinessInShort(sources));
  add('guarded', '/metrics', sharedPage(sources));
  const pages = Object.entries(sources.pages);
  const paths = pages.map(([path]) => path).toSorted();
  add('guarded', '/api/v1', () => ({ status: 200, body: { version: 1, pages: paths } }));
  const turns = new Turns(LANES, MAX_WAITING);
  for (const [path, page] of pages)
    add('guarded', path, (query) => turns.run(async () => page(query)));
  for (const [path, page] of Object.entries(sources.files)) add('open', path, page);
  return entries;
}

// However many scrape, one exposition is made at a time. Those that ask meanwhile share the next, so
// that nobody is told what was so before the question.
function sharedPage(sources: AdminSources): Page {
  const turns = new Turns(1, 1);
  let next: Promise<TextAnswer> | null = null;
  const make = async () => {
    next = null;
    return { status: 200, ...(await sources.metrics()) };
  };
  return () => {
    // Not begun before it is the next one.
    next ??= Promise.resolve().then(() => turns.run(make));
    return next;
  };
}

function readiness(sources: AdminSources): TextAnswer {
  const problems = sources.problems();
  const notes = sources.notes().map((note) => `${note}\n`);
  if (problems.length === 0) return { status: 200, text: `ready\n${notes.join('')}` };
  const reasons = problems.map((problem) => `- ${problem}\n`);
  return { status: 503, text: `not ready\n${[...reasons, ...notes].join('')}` };
}

// The words name Redis and what is wrong with it: not for everybody who can connect.
function readinessInShort(sources: AdminSources): TextAnswer {
  if (sources.problems().length === 0) return { status: 200, text: 'ready\n' };
  return { status: 503, text: 'not ready; the reasons are for those who give the token\n' };
}
