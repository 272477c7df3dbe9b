import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../test/support/root.ts';
import type { Memory } from '../../../src/engine/epoll/system/memory.ts';
import type { Wire } from './wire.ts';

// What browsers send today: 1,956 bytes, with GREASE, a post-quantum key share and a decoy of ECH.
const RECORDING = join(ROOT, 'fixtures/hello/chromium.bin');
const RECORDED_NAME = 'app.example.test';
// As long as the recorded one: a hello has its length in four places.
const NUMBER_AT = 3;
const NUMBER_DIGITS = 6;
const ZERO = 0x30;

/** The names that a run asks for: the recorded one, or numbered ones of the same length. */
export class Names {
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  at(index: number): string {
    if (this.count === 1) return RECORDED_NAME;
    return `app${String(index).padStart(NUMBER_DIGITS, '0')}.x.test`;
  }

  *all(): Generator<string, void> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }
}

/** A recorded hello, sent again and again, for random ones of the names. */
export class Hellos {
  readonly #wire: Wire;
  readonly #names: Names;
  readonly #hello: Memory;
  readonly #length: number;
  readonly #numberAt: number;

  constructor(wire: Wire, names: Names) {
    const recorded = readFileSync(RECORDING);
    const nameAt = recorded.indexOf(RECORDED_NAME);
    recorded.write(names.at(0), nameAt, 'latin1');
    this.#wire = wire;
    this.#names = names;
    this.#hello = wire.hold(recorded);
    this.#length = recorded.length;
    this.#numberAt = nameAt + NUMBER_AT;
  }

  /** False when it could not be sent whole. */
  send(fd: number): boolean {
    if (this.#names.count > 1) this.#choose(Math.floor(Math.random() * this.#names.count));
    return this.#wire.send(fd, this.#hello, this.#length) === this.#length;
  }

  #choose(index: number): void {
    const { bytes } = this.#hello;
    let rest = index;
    for (let at = this.#numberAt + NUMBER_DIGITS - 1; at >= this.#numberAt; at--) {
      bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}
