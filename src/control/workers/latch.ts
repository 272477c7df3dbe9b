/** Something that happens once, and can be waited for. */
export class Latch {
  readonly opened: Promise<void>;
  #settle!: () => void;
  #isOpen = false;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
    this.#settle();
  }
}
