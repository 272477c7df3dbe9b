import yargs, { type Argv } from 'yargs';
import { ConfigError, formatComplaint } from '../config/config-error.ts';
import { didYouMean } from '../config/values/nearest.ts';
import type { Flags } from '../config/sources/flags.ts';
import { readVersion } from '../config/version.ts';
import { renderCommandHelp, optionRows, usageOf } from './command-help.ts';
import { CommandFailed, UsageError, type Command } from './command.ts';

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

/** Run what the command line asks for. Resolves with the exit code, and prints why where it is not 0. */
export async function runCommandLine(
  args: readonly string[],
  commands: Readonly<Record<string, Command>>,
): Promise<number> {
  try {
    return await runCommand(args, commands);
  } catch (error) {
    return report(error, args, commands);
  }
}

async function runCommand(
  args: readonly string[],
  commands: Readonly<Record<string, Command>>,
): Promise<number> {
  const line = commandLine(args);
  let running: Promise<number> | null = null;
  for (const [name, command] of Object.entries(commands)) {
    const build = (argv: Argv) => withOptions(argv, name, command);
    line.command(name, command.summary, build, (flags) => {
      refuseUnknown(flags, command);
      const words = wordsOf(flags, name, command);
      running = command.run({ flags, words, env: process.env });
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

function withOptions(line: Argv, name: string, command: Command): Argv {
  // Hidden: yargs has no place for the name of a value, so the epilogue lists the options instead.
  const valued = { string: true, requiresArg: true, hidden: true } as const;
  for (const option of optionRows(command)) line.option(option.name, valued);
  for (const flag of command.flags ?? []) {
    const isSwitch = flag.argument === undefined;
    line.option(flag.name, isSwitch ? { boolean: true, hidden: true } : valued);
  }
  return line
    .usage(`${usageOf(name, command)}\n\n${command.summary}`)
    .epilogue(renderCommandHelp(command, WIDTH));
}

// Ours come back here too: yargs catches what a handler throws.
function fail(message: string | undefined, error?: Error): never {
  if (error !== undefined && error.name !== 'YError') throw error;
  const lacking = /^Not enough arguments following: (.+)$/.exec(message ?? '');
  throw new UsageError(lacking === null ? String(message) : `--${lacking[1]}: has no value`);
}

function refuseUnknown(flags: Flags, command: Command): void {
  const known = [...optionRows(command), ...(command.flags ?? [])].map(({ name }) => `--${name}`);
  const unknown = Object.keys(flags)
    .filter((name) => name !== '_' && name !== '$0')
    .map((name) => (name.length === 1 ? `-${name}` : `--${name}`))
    .find((flag) => !known.includes(flag));
  if (unknown === undefined) return;
  throw new UsageError(`${unknown}: no option has this name${didYouMean(unknown, known)}`);
}

function wordsOf(flags: Flags, name: string, { words: wanted = [] }: Command): string[] {
  const words = (flags['_'] as readonly unknown[]).slice(1).map(String);
  const missing = wanted.slice(words.length).find((word) => !word.startsWith('['));
  if (missing !== undefined) throw new UsageError(`${name}: ${missing} is missing`);
  if (words.length <= wanted.length) return words;
  // Without the word itself: it may be an address with its password.
  const taken = wanted.length === 0 ? 'options only' : wanted.join(' ');
  throw new UsageError(`${name}: takes ${taken}, and is given more`);
}

function refuseCommand(words: readonly (string | number)[], commands: object): never {
  const [word] = words;
  if (word === undefined) throw new UsageError('a command is missing');
  const names = Object.keys(commands);
  throw new UsageError(`${word}: no command has this name${didYouMean(String(word), names)}`);
}

function report(
  error: unknown,
  [name = '']: readonly string[],
  commands: Readonly<Record<string, Command>>,
): number {
  if (error instanceof ConfigError) {
    print(...error.complaints.map(formatComplaint));
    return BAD_USAGE;
  }
  if (error instanceof UsageError) {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    print(error.message, command?.options === undefined ? HINT : `Try sluice ${name} --help.`);
    return BAD_USAGE;
  }
  if (error instanceof CommandFailed) print(`sluice: ${error.message}`);
  else print(error instanceof Error ? error.stack! : String(error));
  return FAILED;
}

function print(...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
