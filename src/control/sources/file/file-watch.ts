import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const ABSENT = 'absent';

/**
 * Notices when the file at a path becomes another: written to, replaced by a rename, or reached
 * through a link that now points elsewhere. The directory is watched, because a watch on the file
 * itself would follow the old one away.
 */
export class FileWatch implements Disposable {
  readonly #path: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | null = null;
  #seen = '';

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#onChange = onChange;
  }

  /** Watch, if that is not done yet: the directory may not be there, and may go and come back. */
  watch(): void {
    if (this.#watcher !== null) return;
    try {
      this.#watcher = watch(dirname(this.#path), (_event, name) => this.#notice(name));
      this.#watcher.on('error', () => this[Symbol.dispose]());
    } catch {
      // No directory, or no watches left: then it is found by `hasChanged`.
      this.#watcher = null;
    }
  }

  /** Whether the file looks different from when this was last asked. */
  async hasChanged(): Promise<boolean> {
    const now = await fingerprint(this.#path);
    const changed = now !== this.#seen;
    this.#seen = now;
    if (now === ABSENT) this.#watchAnew();
    return changed;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  // The directory may have gone with the file, and a watch does not follow its name to the next one.
  #watchAnew(): void {
    this[Symbol.dispose]();
    this.watch();
  }

  #notice(name: string | null): void {
    // Written twice within a tick of its clock a file may look the same: forget what was seen.
    if (name === null || name === basename(this.#path)) this.#seen = '';
    this.#onChange();
  }
}

async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return ABSENT;
  }
}
