/** Where a sample of perf(1) was taken. */
export const PLACES = ['kernel', 'koffi', 'our JavaScript', 'the record', 'Node and V8'] as const;
export type Place = (typeof PLACES)[number];

// A compiled function, as --perf-basic-prof names it: `JS:*add file:///…/src/account/counters.js:70:6`.
const OURS = /^JS:.*\/src\/([a-z-]+)/;
const RECORD = new Set(['account']);

/** The place of a line of `perf script -F ip,sym,dso`; `null` for a line that is no sample. */
export function placeOf(line: string): Place | null {
  const [, symbol, object] = /^\s*[0-9a-f]+ (.*) \((.*)\)$/.exec(line) ?? [];
  if (symbol === undefined || object === undefined) return null;
  if (object.startsWith('[')) return 'kernel';
  if (object.endsWith('koffi.node') || /\bnapi_|\bnapi::/i.test(symbol)) return 'koffi';
  const ours = OURS.exec(symbol);
  if (ours === null) return 'Node and V8';
  return RECORD.has(ours[1]!) ? 'the record' : 'our JavaScript';
}

/** Each place's share of all samples. */
export function shares(script: string): ReadonlyMap<Place, number> {
  const places = script.split('\n').flatMap((line) => placeOf(line) ?? []);
  const count = (place: Place) => places.filter((each) => each === place).length;
  return new Map(PLACES.map((place) => [place, count(place) / places.length]));
}
