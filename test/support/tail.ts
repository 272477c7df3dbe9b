import { join } from 'node:path';
import { startProgram, type Program } from './program.ts';
import type { SessionLine, Sluice } from './sluice.ts';

// The command line of the same build as this file.
const CLI = join(import.meta.dirname, '../../src/cli.js');

/** The command that watches the sessions of an edge. */
export function tailCommand(edge: Pick<Sluice, 'adminUrl'>, args: readonly string[]): string[] {
  const admin = edge.adminUrl.slice('http://'.length);
  return [process.execPath, CLI, 'tail', ...args, '--admin', admin];
}

/** The real `sluice tail`, running. */
export interface Tail extends AsyncDisposable {
  readonly program: Program;
  /** What it showed, with `--json`: sessions, and how many were missed. */
  seen(): readonly TailLine[];
  /** The first that `matches`, past or to come. */
  waitFor(matches: (line: TailLine) => boolean): Promise<TailLine>;
}

export type TailLine = Partial<SessionLine> & { readonly missed?: number };

/** Watch the sessions of an edge; ready when it does. */
export async function startTail(
  sluice: Pick<Sluice, 'adminUrl'>,
  args: readonly string[],
): Promise<Tail> {
  const program = await startProgram(tailCommand(sluice, args), ({ stderr }) =>
    stderr.match(/watching the edge at/),
  );
  const read = (line: string) => JSON.parse(line) as TailLine;
  return {
    program,
    seen: () => program.stdout.seen.map(read),
    waitFor: (matches) =>
      program.stdout.find((line) => {
        const told = read(line);
        return matches(told) ? told : undefined;
      }, `a session such that ${matches.toString()}`),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
