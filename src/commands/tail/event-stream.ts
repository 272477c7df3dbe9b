/** One of `text/event-stream`, as the HTML standard's section 9.2 has it. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Several times the longest line of the access log. */
const MAX_EVENT_LENGTH = 256 * 1024;
const BLANK_LINE = '\n\n';

/** Takes a stream apart into its events. Only what sluice sends: LF alone, one `data` an event. */
export class EventReader {
  #text = '';

  /** The events that are whole now; `null` where one is longer than any of ours. */
  read(text: string): readonly StreamEvent[] | null {
    const pieces = (this.#text + text).split(BLANK_LINE);
    this.#text = pieces.pop()!;
    if (this.#text.length > MAX_EVENT_LENGTH) return null;
    return pieces.flatMap(parseEvent);
  }
}

// A comment says that the other side is there, and nothing else.
function parseEvent(piece: string): StreamEvent[] {
  const [name, data] = [FIELD_NAME.exec(piece)?.[1], FIELD_DATA.exec(piece)?.[1]];
  return name === undefined || data === undefined ? [] : [{ name, data }];
}

const FIELD_NAME = /^event: (.*)$/m;
const FIELD_DATA = /^data: (.*)$/m;
