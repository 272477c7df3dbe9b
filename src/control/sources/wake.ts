/** A wait that ends when someone calls, or has called since the last one, or when time is up. */
export class Wake {
  #called = false;
  #end: (() => void) | null = null;

  call(): void {
    this.#called = true;
    this.#end?.();
  }

  /** Whether someone called. At most one wait at a time. */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.#called) await this.#sleep(milliseconds);
    const called = this.#called;
    this.#called = false;
    return called;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        this.#end = null;
        resolve();
      };
    });
  }
}
