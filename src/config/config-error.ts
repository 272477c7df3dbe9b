/** One thing an operator got wrong: where it stands, and why it cannot be. */
export interface Complaint {
  /** `--listen`, `SLUICE_LISTEN`, or `edge.yaml:3: listen`. */
  readonly path: string;
  readonly reason: string;
}

/** The operator erred. Carries every complaint there is, not the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly complaints: readonly Complaint[];

  constructor(complaints: readonly Complaint[]) {
    super(complaints.map(formatComplaint).join('\n'));
    this.complaints = complaints;
  }
}

/** `path: reason`, on one line. */
export function formatComplaint({ path, reason }: Complaint): string {
  return `${path}: ${reason}`;
}
