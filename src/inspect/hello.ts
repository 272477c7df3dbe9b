import type { ServerName } from '../server-name.ts';

/** What the head of a connection says about where it wants to go. */
export type Hello = TlsHello | HttpHello;

export interface TlsHello {
  readonly protocol: 'tls';
  /** `null` when the client named nobody. */
  readonly serverName: ServerName | null;
  /** Protocol names in the client's order, latin1 text of the raw bytes. Empty without the extension. */
  readonly alpn: readonly string[];
  /** Highest version offered, as on the wire: 0x0303 is TLS 1.2, 0x0304 TLS 1.3, 0x0002 SSLv2. */
  readonly version: number;
  /** An `encrypted_client_hello` extension is there, real or GREASE: nobody here can tell. */
  readonly ech: boolean;
  /** `early_data` is offered: a replay on another backend could run a request twice. */
  readonly earlyData: boolean;
}

export interface HttpHello {
  readonly protocol: 'http';
  readonly serverName: ServerName | null;
  /** Where in the head the request target is (RFC 9112 section 3.2), its end not included. */
  readonly targetStart: number;
  readonly targetEnd: number;
}

/** What a parser makes of the bytes so far. Parsers never throw. */
export type Verdict<H extends Hello = Hello> =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'hello'; readonly hello: H }
  /** `detail` is a few words of our own for the log, never client text. */
  | { readonly kind: 'malformed'; readonly detail: string }
  /** The first bytes are not of this protocol at all. */
  | { readonly kind: 'foreign' };
