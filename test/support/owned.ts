/** What was started so far, to be ended in reverse: `AsyncDisposableStack`, which Node 20 does not have. */
export class Owned implements AsyncDisposable {
  readonly #things: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(thing: T): T {
    this.#things.push(thing);
    return thing;
  }

  defer(end: () => Promise<void>): void {
    this.#things.push({ [Symbol.asyncDispose]: end });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const thing of this.#things.splice(0).toReversed()) await thing[Symbol.asyncDispose]();
  }
}

/** Build something of several parts: they are all ended when it is, or when the building fails. */
export async function building<T extends object>(
  build: (owned: Owned) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const owned = new Owned();
  try {
    const built = await build(owned);
    return { ...built, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
  } catch (error) {
    await owned[Symbol.asyncDispose]();
    throw error;
  }
}
