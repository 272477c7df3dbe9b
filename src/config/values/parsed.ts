/** What one text says: a value, or why it says none, worded to follow the text: `"x" is not a …`. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

/** Reads one text an operator wrote. Never throws. */
export type Parse<T> = (text: string) => Parsed<T>;

/** The value, or the reason when there is none. */
export function parsedOr<T>(value: T | null, reason: string): Parsed<T> {
  return value === null ? { reason } : { value };
}
