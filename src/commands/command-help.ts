import type { Option } from '../config/option.ts';
import { helpRow, renderOptionsHelp } from '../config/option-docs.ts';
import { OPTION_ROWS } from '../config/options.ts';
import type { Command, CommandFlag } from './command.ts';

/** The rows of the option table that apply to a command. */
export function optionRows({ options }: Command): readonly Option[] {
  return OPTION_ROWS.filter(([key]) => options?.includes(key) ?? true).map(([, option]) => option);
}

/** `sluice explain HOST [--OPTION VALUE]…` */
export function usageOf(name: string, { words = [] }: Command): string {
  return ['sluice', name, ...words, '[--OPTION VALUE]…'].join(' ');
}

/** What a command's `--help` says of its options: its own first, then those of the table. */
export function renderCommandHelp(command: Command, width: number): string {
  const flags = (command.flags ?? []).map((flag) => helpRow(usage(flag), flag.summary, width));
  const table = renderOptionsHelp(width, optionRows(command));
  return flags.length === 0 ? table : `${['Of this command:', ...flags].join('\n')}\n\n${table}`;
}

function usage({ name, argument, many }: CommandFlag): string {
  const value = argument === undefined ? '' : ` ${argument}`;
  return `--${name}${value}${many === true ? '…' : ''}`;
}
