/** A real client, and what it was told to say. */
export interface Client<Says> {
  /** The name of its files in `fixtures`. */
  readonly name: string;
  /** A command whose first line of output names the client and its version. */
  readonly about: readonly string[];
  /** The command that makes it speak: `PORT` and `FOLDER` stand for the recorder's port and an empty folder. */
  readonly command: readonly string[];
  /** A shell script to run first, in that folder. */
  readonly prepare?: string;
  readonly says: Says;
}

/** What a recorded ClientHello says, in the terms of `src/inspect/hello.ts`. */
export interface TlsSays {
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** The highest version offered, as on the wire. */
  readonly version: number;
  readonly ech: boolean;
  readonly earlyData: boolean;
}

/** What a recorded request head says. `host` is without a port, in lower case. */
export interface HttpSays {
  readonly host: string | null;
}

/** The command with the recorder's port and folder in their places. */
export function fillIn(
  command: readonly string[],
  port: number | string,
  folder: string,
): string[] {
  return command.map((word) => word.replaceAll('PORT', String(port)).replaceAll('FOLDER', folder));
}

/** The words of command lines that need no quoting. */
export function words(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}
