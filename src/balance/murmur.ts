/** 64 bits of hash, as two unsigned words. */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

// Any two: they are part of what edges agree on, so they stay.
const SEEDS = { high: 0x9747b28c, low: 0x5c1f3d21 } as const;
const [C1, C2] = [0xcc9e2d51, 0x1b873593];

/** Two MurmurHash3 of different seeds: fast, and the same on every machine. Not for adversaries. */
export function digest(bytes: Uint8Array): Digest {
  return { high: murmur3(bytes, SEEDS.high), low: murmur3(bytes, SEEDS.low) };
}

/** A fraction between 0 and 1 that two digests come to, with 52 bits of it random. */
export function fractionOf(one: Digest, other: Digest): number {
  const high = finish(block(block(one.high, other.high), other.low), 8);
  const low = finish(block(block(one.low, other.low), other.high), 8);
  return (high * 2 ** 20 + (low >>> 12) + 0.5) / 2 ** 52;
}

/** MurmurHash3_x86_32 of Austin Appleby. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) hash = block(hash, wordAt(bytes, i));
  if (whole < bytes.length) hash ^= scramble(wordAt(bytes, whole));
  return finish(hash, bytes.length);
}

// Little-endian; zeroes beyond the end.
function wordAt(bytes: Uint8Array, at: number): number {
  const byte = (offset: number) => bytes[at + offset] ?? 0;
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}

function block(hash: number, word: number): number {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function scramble(word: number): number {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function finish(hash: number, length: number): number {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
