// JSON lets C1 controls and the marks that turn text around through to the terminal.
const UNPRINTABLE = /[^\x20-\x7e]/g;

let watched = false;

/** Write to standard output. Whoever closes it, as `head` does, has seen enough: that ends the command. */
export function print(text: string): void {
  if (!watched) process.stdout.on('error', endOnClosed);
  watched = true;
  process.stdout.write(text);
}

/** A value as one line of JSON in ASCII: what it says is the same, and nothing in it moves a cursor. */
export function jsonLine(value: object): string {
  const text = JSON.stringify(value).replace(
    UNPRINTABLE,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

function endOnClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(1);
}
