import { arrange, byId, make, put } from './element.js';
import { clock, count, ENDINGS, plural, visible } from './words.js';

/** Where routes come from, in words. */
export const SOURCES = { redis: 'Redis', file: 'a file' };

const SIGNS = { good: '✓', poor: '!', bad: '×', unknown: '?' };
// Of what ends a session, the edge or its backends are the cause of these: the others are what the internet does.
const GRAVE = [
  'routes-unavailable',
  'no-backend',
  'connect-failed',
  'connect-timeout',
  'no-resources',
  'no-source-ports',
  'internal-error',
];
const RECENT_MS = 15_000;
const NEARLY_FULL = 0.9;

/** Says what an overview comes to, beside those of the last seconds. */
export class Judge {
  #recent = [];

  /** `{ level, words, reasons, notes }`, in words that stay the same while the edge does. */
  judge(overview) {
    const failing = this.#failing(overview);
    const { ready, problems, notes } = overview;
    if (!ready) return { level: 'bad', words: 'Not ready', reasons: problems, notes };
    const reasons = [...problems, ...failing, ...trouble(overview)];
    if (reasons.length === 0) return { level: 'good', words: 'Healthy', reasons, notes };
    return {
      level: 'poor',
      words: `Serving, with ${plural(reasons.length, 'problem')}`,
      reasons,
      notes,
    };
  }

  #failing({ time, startedAt, ended }) {
    const at = Date.parse(time);
    this.#recent = this.#recent.filter(
      (each) => each.startedAt === startedAt && each.at >= at - RECENT_MS,
    );
    this.#recent.push({ at, startedAt, ended });
    const before = this.#recent[0].ended;
    return GRAVE.filter((termination) => ended[termination] > before[termination]).map(
      (termination) => `Sessions fail, ${termination}: ${ENDINGS[termination]}`,
    );
  }
}

/** Show a verdict, and touch nothing where it is the same: it is read out whenever it changes. */
export function showVerdict({ level, words, reasons, notes = [] }) {
  const section = byId('verdict');
  if (section.className !== level) section.className = level;
  put(byId('verdict-sign'), SIGNS[level]);
  put(byId('verdict-words'), words);
  const list = byId('verdict-reasons');
  const lines = [...reasons, ...notes];
  const items = lines.map((_, at) => list.children[at] ?? make('li'));
  items.forEach((item, at) => {
    put(item, visible(lines[at]));
    item.className = at < reasons.length ? '' : 'note';
  });
  arrange(list, items);
}

/** The verdict while nobody answers. */
export function away(last, why) {
  if (last === null) return { level: 'unknown', words: 'The edge does not answer', reasons: [why] };
  const seen = `What is below is from ${clock(last.time)}, when it was last heard of`;
  return { level: 'unknown', words: 'No contact with the edge', reasons: [`${why}.`, `${seen}.`] };
}

function trouble({ backends, workers, source, runtime, sessions }) {
  return [
    outOfUse(backends),
    stopped(workers),
    sourceTrouble(source),
    nearlyFull('sessions', total(sessions), sessions.limit),
    nearlyFull('descriptors', runtime.openDescriptors, runtime.maxDescriptors),
  ].filter((words) => words !== null);
}

function outOfUse(backends) {
  const out = backends.filter(({ state }) => state === 'ejected' || state === 'recovering');
  if (out.length === 0) return null;
  const first = out.slice(0, 3).map(({ address }) => address);
  const more = out.length > 3 ? ` and ${count(out.length - 3)} more` : '';
  return `${plural(out.length, 'backend is', 'backends are')} out of use: ${first.join(', ')}${more}`;
}

function stopped(workers) {
  const down = workers.filter(({ running }) => !running).length;
  return down === 0 ? null : `${plural(down, 'worker does', 'workers do')} not run`;
}

function sourceTrouble({ kind, connected, fromSnapshot }) {
  if (fromSnapshot) return 'The routes in use are those of the snapshot on disk';
  if (connected) return null;
  return `No connection to ${SOURCES[kind] ?? kind}; the routes it had stay in use`;
}

function nearlyFull(what, used, limit) {
  if (limit === null || used === null || used < NEARLY_FULL * limit) return null;
  return `Nearly all of the ${count(limit)} ${what} allowed are in use`;
}

/** How many sessions there are, in all phases. */
export function total({ hello, waiting, connecting, relaying }) {
  return hello + waiting + connecting + relaying;
}
