/** What a client speaks, as far as routing cares. */
export type Protocol = 'tls' | 'http';
