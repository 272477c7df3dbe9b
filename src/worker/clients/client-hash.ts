/** A secret of the table's, drawn at start: whoever does not know it cannot choose addresses that collide. */
export type HashSeed = readonly [number, number];

interface Lanes {
  v0: number;
  v1: number;
  v2: number;
  v3: number;
}

// One worker has one thread: nothing else hashes meanwhile, and nothing is allocated per client.
const LANES: Lanes = { v0: 0, v1: 0, v2: 0, v3: 0 };
/** Two words of message: eight bytes, in the top byte of the last block. */
const LENGTH_BLOCK = 8 << 24;

/** HalfSipHash-1-3 (Aumasson and Bernstein, 2012; Linux' `hsiphash_2u32`) of two words: an unsigned 32-bit number. */
export function hashClient(high: number, low: number, [k0, k1]: HashSeed): number {
  const lanes = LANES;
  lanes.v0 = k0 | 0;
  lanes.v1 = k1 | 0;
  lanes.v2 = 0x6c796765 ^ k0;
  lanes.v3 = 0x74656462 ^ k1;
  compress(lanes, high);
  compress(lanes, low);
  compress(lanes, LENGTH_BLOCK);
  lanes.v2 ^= 0xff;
  for (let i = 0; i < 3; i++) round(lanes);
  return (lanes.v1 ^ lanes.v3) >>> 0;
}

function compress(lanes: Lanes, word: number): void {
  lanes.v3 ^= word;
  round(lanes);
  lanes.v0 ^= word;
}

function round(lanes: Lanes): void {
  let { v0, v1, v2, v3 } = lanes;
  v0 = (v0 + v1) | 0;
  v1 = rotate(v1, 5) ^ v0;
  v0 = rotate(v0, 16);
  v2 = (v2 + v3) | 0;
  v3 = rotate(v3, 8) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = rotate(v3, 7) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = rotate(v1, 13) ^ v2;
  v2 = rotate(v2, 16);
  lanes.v0 = v0;
  lanes.v1 = v1;
  lanes.v2 = v2;
  lanes.v3 = v3;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
