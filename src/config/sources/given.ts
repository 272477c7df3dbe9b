import type { Complaint } from '../config-error.ts';
import type { OptionKey } from '../options.ts';

/** One text an operator wrote, and where. */
export interface GivenText {
  /** `--listen`, `SLUICE_LISTEN`, or `edge.yaml:3: listen`. */
  readonly path: string;
  readonly text: string;
}

/** What a source says of one option. */
export interface Given {
  readonly path: string;
  readonly texts: readonly GivenText[];
  /** False where something else stood here as well, about which the source has complained. */
  readonly whole: boolean;
}

/** What a source says of every option it mentions. */
export interface Source {
  readonly given: ReadonlyMap<OptionKey, Given>;
  readonly complaints: readonly Complaint[];
  readonly warnings: readonly string[];
}
