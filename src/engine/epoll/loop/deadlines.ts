/** Who is told that a deadline has passed. */
export interface Expiring {
  expire(): void;
}

/** A time by which something must have happened, else it expires. */
export abstract class Deadline implements Expiring {
  /** `performance.now()` milliseconds. */
  due = 0;
  /** Its neighbours in the slot, `null` while it is not set; the slot itself closes the circle. */
  before: Deadline | null = null;
  after: Deadline | null = null;

  abstract expire(): void;
}

/** A deadline that somebody else is told of. */
export class OwnedDeadline extends Deadline {
  readonly #owner: Expiring;

  constructor(owner: Expiring) {
    super();
    this.#owner = owner;
  }

  expire(): void {
    this.#owner.expire();
  }
}

/** A circular list of deadlines, through one that never expires. */
class Slot extends Deadline {
  constructor() {
    super();
    this.before = this;
    this.after = this;
  }

  expire(): void {}
}

/** A deadline is met at most this late, and never early. */
const TICK_MS = 10;
/** Two deadlines a multiple of 5.12 s apart share a slot; the later is passed over until its turn. */
const SLOTS = 512;

/** A timing wheel: setting and calling off a deadline take constant time and no memory. */
export class Deadlines {
  readonly #slots = Array.from({ length: SLOTS }, () => new Slot());
  readonly #passing = new Slot();
  #count = 0;
  /** The last tick whose slot was looked at. */
  #tick: number;

  constructor(now: number) {
    this.#tick = Math.floor(now / TICK_MS);
  }

  /** Have `deadline` expire once `due` has passed; an earlier setting is called off. */
  set(deadline: Deadline, due: number): void {
    this.cancel(deadline);
    deadline.due = due;
    this.#count += 1;
    this.#insert(deadline);
  }

  cancel(deadline: Deadline): void {
    if (deadline.before === null) return;
    unlink(deadline);
    this.#count -= 1;
  }

  /** Expire what is due at `now`. */
  advance(now: number): void {
    const last = Math.floor(now / TICK_MS);
    if (last <= this.#tick) return;
    const first = Math.max(this.#tick + 1, last - SLOTS + 1);
    this.#tick = last;
    if (this.#count === 0) return;
    for (let tick = first; tick <= last; tick++) this.#pass(this.#slots[tick % SLOTS]!, now);
  }

  /** When to call `advance` next: something may be due then, and nothing is before. */
  next(): number {
    if (this.#count === 0) return Infinity;
    const last = this.#tick + SLOTS;
    let tick = this.#tick + 1;
    while (tick < last && isEmpty(this.#slots[tick % SLOTS]!)) tick += 1;
    return tick * TICK_MS;
  }

  #pass(slot: Deadline, now: number): void {
    // One by one off a list of its own: what expires may set and call off others.
    const passing = this.#passing;
    moveAll(slot, passing);
    for (let each = passing.after!; each !== passing; each = passing.after!) {
      unlink(each);
      if (each.due >= now) {
        this.#insert(each);
      } else {
        this.#count -= 1;
        each.expire();
      }
    }
  }

  #insert(deadline: Deadline): void {
    const tick = Math.max(Math.floor(deadline.due / TICK_MS) + 1, this.#tick + 1);
    append(this.#slots[tick % SLOTS]!, deadline);
  }
}

function isEmpty(slot: Deadline): boolean {
  return slot.after === slot;
}

function append(slot: Deadline, deadline: Deadline): void {
  const last = slot.before!;
  deadline.before = last;
  deadline.after = slot;
  last.after = deadline;
  slot.before = deadline;
}

/** Hand every member of `slot` to `empty`. */
function moveAll(slot: Deadline, empty: Deadline): void {
  if (isEmpty(slot)) return;
  empty.after = slot.after;
  empty.before = slot.before;
  empty.after!.before = empty;
  empty.before!.after = empty;
  slot.before = slot;
  slot.after = slot;
}

function unlink(deadline: Deadline): void {
  deadline.before!.after = deadline.after;
  deadline.after!.before = deadline.before;
  deadline.before = null;
  deadline.after = null;
}
