/** What one host, or all others together, has in the exposition. */
export interface HostSeries {
  /** The pattern of a route, or `OTHER_HOSTS`. */
  readonly host: string;
  readonly active: number;
  readonly sessions: number;
  readonly failed: number;
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
}

/** All that have series. Made as they are asked for: so many at once would be work for the collector of garbage. */
export interface HostSeriesList {
  readonly length: number;
  at(index: number): HostSeries | undefined;
}

/** The label of the hosts that have no series of their own; a route that is called so never has one. */
export const OTHER_HOSTS = '__other__';
