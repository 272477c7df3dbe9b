import yargs, { type Argv } from 'yargs';
import { ConfigError, formatComplaint } from '../config/config-error.ts';
import type { ConfigInput } from '../config/load.ts';
import { didYouMean } from '../config/nearest.ts';
import { renderOptionsHelp } from '../config/option-docs.ts';
import { flagOf } from '../config/option.ts';
import { OPTION_ROWS } from '../config/options.ts';
import type { Flags } from '../config/sources/flags.ts';
import { readVersion } from '../config/version.ts';

/** One command of the tree. */
export interface Command {
  readonly summary: string;
  /** Gives the exit code. A `ConfigError` becomes its complaints, one a line, and exit code 2. */
  readonly run: (input: ConfigInput) => Promise<number>;
}

const FAILED = 1;
const BAD_USAGE = 2;

const WIDTH = 100;
const HINT = 'Try sluice --help for the commands, sluice serve --help for the options.';

// Flags stay the texts they are, for the option table to read: yargs makes NaN of `abc`.
const PARSING = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};
const FLAGS = OPTION_ROWS.map(([, option]) => flagOf(option));

/** The command line itself is wrong. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Run what the command line asks for. Resolves with the exit code, and prints why where it is not 0. */
export async function runCommandLine(
  args: readonly string[],
  commands: Readonly<Record<string, Command>>,
): Promise<number> {
  try {
    return await runCommand(args, commands);
  } catch (error) {
    if (error instanceof ConfigError) print(...error.complaints.map(formatComplaint));
    else if (error instanceof UsageError) print(error.message, HINT);
    else print(error instanceof Error ? error.stack! : String(error));
    return error instanceof ConfigError || error instanceof UsageError ? BAD_USAGE : FAILED;
  }
}

async function runCommand(
  args: readonly string[],
  commands: Readonly<Record<string, Command>>,
): Promise<number> {
  const line = commandLine(args);
  let running: Promise<number> | null = null;
  for (const [name, { summary, run }] of Object.entries(commands)) {
    line.command(name, summary, withOptions, (flags) => {
      refuseUnknown(flags);
      running = run({ flags, env: process.env });
    });
  }
  if (args.length === 0) print(await line.getHelp());
  if (args.length === 0) return BAD_USAGE;
  const { _: words, help, version } = await line.parseAsync();
  if (running === null && help !== true && version !== true) refuseCommand(words, commands);
  return running ?? 0;
}

function commandLine(args: readonly string[]): Argv {
  return yargs([...args])
    .scriptName('sluice')
    .usage('$0 COMMAND [--OPTION VALUE]…')
    .version(readVersion())
    .parserConfiguration(PARSING)
    .locale('en')
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail(fail)
    .wrap(WIDTH)
    .epilogue(HINT);
}

function withOptions(line: Argv): Argv {
  // Hidden: yargs has no place for the name of a value, so the epilogue lists the options instead.
  const hidden = { string: true, requiresArg: true, hidden: true } as const;
  for (const [, { name }] of OPTION_ROWS) line.option(name, hidden);
  return line.epilogue(renderOptionsHelp(WIDTH));
}

// Ours come back here too: yargs catches what a handler throws.
function fail(message: string | undefined, error?: Error): never {
  if (error !== undefined && error.name !== 'YError') throw error;
  const lacking = /^Not enough arguments following: (.+)$/.exec(message ?? '');
  throw new UsageError(lacking === null ? String(message) : `--${lacking[1]}: has no value`);
}

function refuseUnknown(flags: Flags): void {
  const unknown = Object.keys(flags)
    .filter((name) => name !== '_' && name !== '$0')
    .map((name) => (name.length === 1 ? `-${name}` : `--${name}`))
    .find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new UsageError(`${unknown}: no option has this name${didYouMean(unknown, FLAGS)}`);
  }
  const [command, ...words] = flags['_'] as readonly string[];
  // Without the word itself: it may be an address with its password.
  if (words.length > 0) throw new UsageError(`${command}: takes options only, and is given more`);
}

function refuseCommand(words: readonly (string | number)[], commands: object): never {
  const [word] = words;
  if (word === undefined) throw new UsageError('a command is missing');
  const names = Object.keys(commands);
  throw new UsageError(`${word}: no command has this name${didYouMean(String(word), names)}`);
}

function print(...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
