import { relayed } from './relayed.ts';
import { parentPort, workerData } from 'node:worker_threads';
import {
  SocketError,
  type BackendSocket,
  type ClientSocket,
  type Engine,
  type Listening,
} from '../../src/engine/engine.ts';
import type { Answers, EngineModule, FromHost, Request, Step } from './engine-messages.ts';

/** The thread of the engine under test: one step of the seam per message, and what came of it back. */

/** An engine whose loop blocks its thread exports `start`; a write to its eventfd wakes the loop. */
interface Loaded {
  readonly start?: () => { readonly wakeFd: number };
  readonly [name: string]: unknown;
}

type Answer = Answers[Step['do']];
type Steps = {
  readonly [K in Step['do']]: (step: Extract<Step, { do: K }>) => Answers[K] | Promise<Answers[K]>;
};

const { module, export: name } = workerData as EngineModule;
const loaded = (await import(module)) as Loaded;
const engine = loaded[name] as Engine;
const listenings: Listening[] = [];
const clients: ClientSocket[] = [];
const backends: BackendSocket[] = [];

const STEPS: Steps = {
  listen: async ({ at }) => {
    const listening = await engine.listen(at, accept);
    return { listening: listenings.push(listening) - 1, address: listening.address };
  },
  'stop-listening': (step) => listenings[step.listening]!.close(),
  peek: async (step) => {
    const client = clients[step.client]!;
    return { end: await client.peek(step.length, step.timeoutMs), ...look(client) };
  },
  'stop-peeking': (step) => clients[step.client]!.stopPeeking(),
  look: (step) => look(clients[step.client]!),
  consume: (step) => clients[step.client]!.consume(step.count),
  refuse: (step) => clients[step.client]!.refuse(step.reply),
  close: (step) => clients[step.client]!.close(),
  reset: (step) => clients[step.client]!.reset(),
  dial: async (step) => {
    const backend = await engine.dial(step.to, step);
    return { backend: backends.push(backend) - 1, local: backend.local };
  },
  'close-backend': (step) => backends[step.backend]!.close(),
  'first-reply': ({ client, backend, timeoutMs }) =>
    engine.firstReply(clients[client]!, backends[backend]!, timeoutMs),
  relay: async (step) => {
    const client = clients[step.client]!;
    const backend = backends[step.backend]!;
    client.consume(step.headSent);
    const end = await relayed(engine, client, backend, step.options);
    const { received: backendReceived, firstByteAt, hungUp } = backend;
    return { end, clientReceived: client.received, backendReceived, firstByteAt, hungUp };
  },
  exit: () => process.exit(),
};

parentPort!.on('message', (request: Request) => void answer(request));
post({ kind: 'ready', wakeFd: loaded.start?.().wakeFd ?? null });

async function answer({ id, step }: Request): Promise<void> {
  try {
    const take = STEPS[step.do] as (step: Step) => Answer | Promise<Answer>;
    post({ kind: 'answer', id, answer: await take(step) });
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    post({ kind: 'failed', id, code: error.code });
  }
}

function accept(client: ClientSocket): void {
  const { remote, local } = client;
  post({ kind: 'accepted', client: clients.push(client) - 1, remote, local });
}

function look({ head, received }: ClientSocket): Answers['look'] {
  return { head, received };
}

function post(message: FromHost): void {
  parentPort!.postMessage(message);
}
