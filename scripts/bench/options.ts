import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MAX_DESCRIPTORS } from './load/wire.ts';
import { BULK } from './questions/bulk.ts';
import { CHATTER } from './questions/chatter.ts';
import { CORES } from './questions/cores.ts';
import { IDLE } from './questions/idle.ts';
import { NAMES } from './questions/names.ts';
import type { Pace, Question } from './questions/question.ts';
import { SHORT } from './questions/short.ts';

const QUESTIONS: readonly Question[] = [SHORT, BULK, CHATTER, IDLE, NAMES, CORES];
const FULL: Pace = { rounds: 7, warmMs: 2500, measureMs: 3000, sessions: 8000, restMs: 3000 };
const QUICK: Pace = { rounds: 2, warmMs: 400, measureMs: 400, sessions: 1000, restMs: 1000 };
// haproxy sets aside one for every other session's pipe.
const DESCRIPTORS_PER_SESSION = 2.5;
const OTHER_DESCRIPTORS = 1000;

export interface BenchOptions {
  readonly questions: readonly Question[];
  readonly pace: Pace;
  /** Whether it is everything, at the full pace: worth keeping. */
  readonly isFull: boolean;
}

/** Throws an `Error` that says what is wrong with them. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
    },
  });
  const pace = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? pace.rounds : Number(values.rounds);
  if (!(rounds >= 1 && rounds <= 100)) throw new Error('--rounds is a number from 1 to 100');
  return {
    questions: values.only === undefined ? QUESTIONS : values.only.split(',').map(find),
    pace: { ...pace, rounds, sessions: Math.min(pace.sessions, mostSessions()) },
    isFull: !values.quick && values.only === undefined,
  };
}

function find(id: string): Question {
  const found = QUESTIONS.find((question) => question.id === id);
  if (found !== undefined) return found;
  throw new Error(`--only takes ${QUESTIONS.map((each) => each.id).join(',')}, not '${id}'`);
}

function mostSessions(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  return Math.floor(
    (Math.min(hard, MAX_DESCRIPTORS) - OTHER_DESCRIPTORS) / DESCRIPTORS_PER_SESSION,
  );
}
