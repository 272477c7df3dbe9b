import type { Hello } from '../../src/inspect/hello.ts';
import { HttpHeadReader } from '../../src/inspect/http/http-head.ts';
import { TlsHeadReader } from '../../src/inspect/tls/tls-head.ts';
import type { HeadReader, Reading } from '../../src/inspect/verdict.ts';

/** More than any head of these tests. */
export const NO_LIMIT = 1_000_000;

export type NewReader<H extends Hello = Hello> = (limit?: number) => HeadReader<H>;

export const newTlsReader = (limit = NO_LIMIT) => new TlsHeadReader(limit);
export const newHttpReader = (limit = NO_LIMIT) => new HttpHeadReader(limit);

/** The reading of all bytes at once. */
export function readWhole<H extends Hello>(newReader: NewReader<H>, bytes: Buffer): Reading<H> {
  return newReader().read(bytes);
}

/** The reading that ends it, of bytes that arrive in pieces which end at `cuts`; and how many it took. */
export function readInPieces<H extends Hello>(
  reader: HeadReader<H>,
  bytes: Buffer,
  cuts: readonly number[],
): { reading: Reading<H>; used: number } {
  for (const end of [...cuts, bytes.length]) {
    // A copy, so that nothing can be read from beyond what has arrived.
    const reading = reader.read(Buffer.from(bytes.subarray(0, end)));
    if (reading.kind !== 'incomplete') return { reading, used: end };
  }
  return { reading: { kind: 'incomplete' }, used: bytes.length };
}

/** Every length from 1 to that of the bytes: they arrive one by one. */
export function oneByOne(bytes: Buffer): number[] {
  return Array.from(bytes, (_, index) => index + 1);
}

/** How many bytes a reader looks at, one at a time, while `bytes` arrive one by one. */
export function looksWhileDripping(reader: HeadReader, bytes: Buffer): number {
  let looks = 0;
  for (const end of oneByOne(bytes)) {
    const counted = new Proxy(bytes.subarray(0, end), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    if (reader.read(counted).kind !== 'incomplete') break;
  }
  return looks;
}
