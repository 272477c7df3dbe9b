import { clientHello } from './client-hello.ts';
import { startRawBackend, type RawBackend } from './raw-backend.ts';
import { connectRaw } from './raw-client.ts';
import type { RawSocket } from './raw-socket.ts';

const GREETING = 'hi';
const ALERT = 0x15;
const ALERT_LENGTH = 7;

/** A backend that greets whoever connects with `hi`, and holds on. */
export function startGreeter(): Promise<RawBackend> {
  return startRawBackend({ onConnection: (connection) => void connection.send(GREETING) });
}

/** Ask for a name by a ClientHello, and leave the rest to the caller. */
export async function sendHello(address: string, name: string): Promise<RawSocket> {
  const client = await connectRaw(address);
  await client.send(clientHello(name));
  return client;
}

/** What comes first: the greeting, or in short `alert 112`. */
export async function answerTo(client: RawSocket): Promise<string> {
  const [first] = await client.read(1);
  if (first !== ALERT) return (await client.read(GREETING.length)).toString();
  return `alert ${(await client.read(ALERT_LENGTH))[ALERT_LENGTH - 1]}`;
}

/** The same of a client that leaves then. */
export async function firstAnswerOf(address: string, name: string): Promise<string> {
  await using client = await sendHello(address, name);
  return await answerTo(client);
}

/** A session with a greeter, under way. Rejects when it is refused. */
export async function openSession(address: string, name: string): Promise<RawSocket> {
  const client = await sendHello(address, name);
  const answer = await answerTo(client);
  if (answer === GREETING) return client;
  client.reset();
  throw new Error(`refused with ${answer}`);
}
