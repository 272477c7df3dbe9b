import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseHostPort } from '../../src/address.ts';
import { within } from './wait.ts';

/** A DNS server in trouble: it answers every question with SERVFAIL. */
export interface BrokenDns extends AsyncDisposable {
  /** Resolves when it has been asked for a name so many times, records of any type together. */
  asked(name: string, times: number): Promise<void>;
}

const HEADER_LENGTH = 12;
// RFC 1035 section 4.1.1: it is a response, and the server failed.
const RESPONSE = 0x80;
const SERVFAIL = 2;

/** Stand in the place of a DNS server that is gone: `127.0.0.1:41234`. */
export async function startBrokenDns(address: string): Promise<BrokenDns> {
  const { host, port } = parseHostPort(address)!;
  const socket = createSocket('udp4');
  const counts = new Map<string, number>();
  const count = (name: string) => counts.get(name) ?? 0;
  socket.on('message', (question, { port: asker, address: from }) => {
    if (question.length < HEADER_LENGTH) return;
    question[2]! |= RESPONSE;
    question[3] = SERVFAIL;
    socket.send(question, asker, from);
    const name = nameIn(question);
    counts.set(name, count(name) + 1);
    socket.emit('asked');
  });
  socket.bind(port!, host);
  await once(socket, 'listening');
  const untilAsked = async (name: string, times: number) => {
    while (count(name) < times) await once(socket, 'asked');
  };
  return {
    asked: (name, times) =>
      within(untilAsked(name, times), () => `asked for ${name} ${count(name)} times`),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

// RFC 1035 section 4.1.2: labels, each behind its length, up to an empty one.
function nameIn(question: Buffer): string {
  const labels: string[] = [];
  let at = HEADER_LENGTH;
  while (question[at]) {
    labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!));
    at += 1 + question[at]!;
  }
  return labels.join('.').toLowerCase();
}
