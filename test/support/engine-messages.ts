import type { Endpoint, IpEndpoint } from '../../src/address.ts';
import type {
  FirstReply,
  ListenAt,
  PeekEnd,
  RelayEnd,
  RelayOptions,
} from '../../src/engine/engine.ts';

/** Where an engine is to be loaded from. */
export interface EngineModule {
  /** URL of the module. */
  readonly module: string;
  /** Name of the `Engine` it exports. */
  readonly export: string;
}

/** What the test asks of the thread that runs the engine. Clients and backends go by number. */
export type Step =
  | { do: 'listen'; at: ListenAt }
  | { do: 'stop-listening'; listening: number }
  | { do: 'peek'; client: number; length: number; timeoutMs: number }
  | { do: 'stop-peeking'; client: number }
  | { do: 'look'; client: number }
  | { do: 'consume'; client: number; count: number }
  | { do: 'refuse'; client: number; reply: Uint8Array }
  | { do: 'close'; client: number }
  | { do: 'reset'; client: number }
  | { do: 'dial'; to: Endpoint; first: Uint8Array; timeoutMs: number }
  | { do: 'close-backend'; backend: number }
  | { do: 'first-reply'; client: number; backend: number; timeoutMs: number }
  | { do: 'relay'; client: number; backend: number; headSent: number; options: RelayOptions }
  | { do: 'exit' };

export interface Seen {
  readonly head: Uint8Array;
  readonly received: number;
}

export interface Relayed {
  readonly end: RelayEnd;
  readonly clientReceived: number;
  readonly backendReceived: number;
  readonly firstByteAt: number;
  readonly hungUp: boolean;
}

/** What each step answers with. */
export interface Answers {
  listen: { listening: number; address: IpEndpoint };
  'stop-listening': void;
  peek: Seen & { end: PeekEnd };
  'stop-peeking': void;
  look: Seen;
  consume: void;
  refuse: void;
  close: void;
  reset: void;
  dial: { backend: number; local: Endpoint };
  'close-backend': void;
  'first-reply': FirstReply;
  relay: Relayed;
  exit: void;
}

export type Request = { id: number; step: Step };

export type FromHost =
  | { kind: 'ready'; wakeFd: number | null }
  | { kind: 'accepted'; client: number; remote: IpEndpoint; local: IpEndpoint }
  | { kind: 'answer'; id: number; answer: Answers[Step['do']] }
  /** `code` of the `SocketError`. */
  | { kind: 'failed'; id: number; code: string };
