// A third of the letters still reads as a typo; more than three slips is another word.
const MAX_SLIPS = 3;
// No name of ours is longer, and the comparison costs the product of the lengths.
const MAX_LENGTH = 64;

/** ` (did you mean X?)` for the name closest to what was written, or nothing when none is close. */
export function didYouMean(written: string, names: readonly string[]): string {
  const name = nearest(written, names);
  return name === null ? '' : ` (did you mean ${name}?)`;
}

// `helloTimeout`, `--hello_timeout` and `SLUICE_HELLOTIMEOUT` are all near `hello-timeout`.
function nearest(written: string, names: readonly string[]): string | null {
  const letters = bare(written.slice(0, MAX_LENGTH));
  const allowed = Math.min(MAX_SLIPS, Math.floor(letters.length / 3));
  let best: { name: string; slips: number } | null = null;
  for (const name of names) {
    const slips = editDistance(letters, bare(name));
    if (slips <= allowed && slips < (best?.slips ?? Infinity)) best = { name, slips };
  }
  return best?.name ?? null;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/^sluice_|[-_]/g, '');
}

// Levenshtein's, one row at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
