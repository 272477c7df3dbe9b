import { once } from 'node:events';
import { jsonLine, print } from '../tools/output.ts';
import { terminalWidth } from '../tools/table.ts';
import { SessionTable, type SessionLine } from './columns.ts';
import type { StreamEvent } from './event-stream.ts';

export interface PrinterOptions {
  /** One object a line, `{"missed":N}` among them, instead of a table. */
  readonly json: boolean;
  /** One session is wanted: `onDone` is called when its end was printed. */
  readonly onlyOne: boolean;
  readonly onDone: () => void;
}

/** Prints what a feed of sessions brings, no faster than it is read. */
export function sessionPrinter(options: PrinterOptions): (event: StreamEvent) => Promise<void> {
  const { json, onlyOne, onDone } = options;
  const table = new SessionTable(isColourful());
  return async ({ name, data }) => {
    const told = name === 'session' || name === 'missed' ? parse(data) : null;
    if (told === null) return;
    if (json) print(jsonLine(told));
    else if (name === 'missed') print(table.formatMissed(Number(told['missed'])));
    else print(table.format(told, terminalWidth()));
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    if (onlyOne && 'termination' in told) onDone();
  };
}

// https://no-color.org: set and not empty means no.
function isColourful(): boolean {
  return process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
}

function parse(data: string): SessionLine | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as SessionLine) : null;
  } catch {
    return null;
  }
}
