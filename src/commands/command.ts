import type { ConfigInput } from '../config/load.ts';
import type { OptionKey } from '../config/options.ts';

/** One command of the tree. */
export interface Command {
  readonly summary: string;
  /** What stands after the command, in order: `HOST`, or `[HOST]` where it may be left out. */
  readonly words?: readonly string[];
  /** The options of the table that apply; all of them unless it says so. */
  readonly options?: readonly OptionKey[];
  /** Options of this command alone. */
  readonly flags?: readonly CommandFlag[];
  /** Gives the exit code. What it rejects with becomes a line or more, and exit code 1 or 2. */
  readonly run: (input: CommandInput) => Promise<number>;
}

/** An option of one command. Without `argument` it is a switch, and `many` may be repeated. */
export interface CommandFlag {
  readonly name: string;
  readonly argument?: string;
  readonly many?: true;
  readonly summary: string;
}

/** What an operator wrote. `flags` holds those of the table and the command's own. */
export interface CommandInput extends ConfigInput {
  readonly words: readonly string[];
}

/** The command line itself is wrong: its message is shown, with a hint at `--help`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was understood and failed: the message says why, in words for the operator. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
