import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './draw/frame.ts';
import { paint, type Line } from './draw/line.ts';
import type { Key } from './view.ts';

// The alternate screen, without a cursor, and without wrapping: a line is as wide as the screen.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l';
const RESUME_MS = 100;
/** Where a terminal does not say how large it is. */
const USUAL: Size = { columns: 80, rows: 24 };

export interface ScreenEvents {
  key(key: Key): void;
  /** What was on the screen is not any more: its size is another, or it was left for a while. */
  redraw(): void;
  /** The terminal is gone. */
  closed(): void;
}

/** A terminal that is ours alone from its making until it is disposed of, however the process ends. */
export class Screen implements Disposable {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #events: ScreenEvents;
  readonly #hasColours: boolean;
  #isOurs = false;
  #isOver = false;
  /** What each line of the screen was told last. */
  #shown: string[] = [];
  readonly #leave = (): void => this.#giveBack();
  readonly #resume = (): void => {
    if (!this.#isOver) this.#take();
  };
  readonly #resize = (): void => this.#forget();
  readonly #close = (): void => this.#events.closed();
  readonly #press = (_: string | undefined, key: Key): void => {
    if (key.ctrl === true && key.name === 'z') this.#suspend();
    else this.#events.key(key);
  };

  constructor(streams: { input: ReadStream; output: WriteStream }, events: ScreenEvents) {
    this.#input = streams.input;
    this.#output = streams.output;
    this.#events = events;
    // https://no-color.org: set and not empty means no.
    this.#hasColours = (process.env['NO_COLOR'] ?? '') === '';
    // Before a crash is printed, or it would be on the screen that goes.
    process.on('uncaughtExceptionMonitor', this.#leave);
    process.on('exit', this.#leave);
    process.on('SIGCONT', this.#resume);
    this.#output.on('resize', this.#resize).on('error', this.#close);
    emitKeypressEvents(this.#input);
    this.#input.on('keypress', this.#press).on('end', this.#close).on('error', this.#close);
    this.#take();
  }

  get size(): Size {
    const { columns, rows } = this.#output;
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL;
  }

  /** Show these lines, each as wide as the screen is. Only what has changed is sent. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOurs) return;
    const texts = lines.map((line) => paint(line, this.#hasColours));
    const changed = texts.map((text, i) => {
      return text === this.#shown[i] ? '' : `\x1b[${i + 1};1H${text}`;
    });
    this.#shown = texts;
    const all = changed.join('');
    if (all !== '') this.#output.write(all);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    process.off('uncaughtExceptionMonitor', this.#leave);
    process.off('exit', this.#leave);
    process.off('SIGCONT', this.#resume);
    this.#output.off('resize', this.#resize);
    this.#input.off('keypress', this.#press).off('end', this.#close);
    this.#giveBack();
    this.#input.pause();
  }

  #take(): void {
    this.#input.setRawMode(true);
    this.#output.write(ENTER);
    this.#isOurs = true;
    this.#forget();
  }

  #giveBack(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    this.#output.write(LEAVE);
    this.#input.setRawMode(false);
  }

  // As Ctrl-Z does where the terminal is nobody's. Where nobody is there to continue us the kernel does not
  // stop us either, and there is no SIGCONT.
  #suspend(): void {
    this.#giveBack();
    process.kill(0, 'SIGTSTP');
    setTimeout(this.#resume, RESUME_MS);
  }

  #forget(): void {
    this.#shown = [];
    if (this.#isOurs) this.#output.write('\x1b[2J');
    this.#events.redraw();
  }
}
