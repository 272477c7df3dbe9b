import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseHostPort } from '../../src/address.ts';
import { within } from './wait.ts';

/** A DNS server in trouble: it answers every question with SERVFAIL. */
export interface BrokenDns extends AsyncDisposable {
  /** Resolves when it has been asked so many times in all. */
  asked(times: number): Promise<void>;
}

const HEADER_LENGTH = 12;
// RFC 1035 section 4.1.1: it is a response, and the server failed.
const RESPONSE = 0x80;
const SERVFAIL = 2;

/** Stand in the place of a DNS server that is gone: `127.0.0.1:41234`. */
export async function startBrokenDns(address: string): Promise<BrokenDns> {
  const { host, port } = parseHostPort(address)!;
  const socket = createSocket('udp4');
  let count = 0;
  socket.on('message', (question, { port: asker, address: from }) => {
    if (question.length < HEADER_LENGTH) return;
    question[2]! |= RESPONSE;
    question[3] = SERVFAIL;
    socket.send(question, asker, from);
    count++;
    socket.emit('asked');
  });
  socket.bind(port!, host);
  await once(socket, 'listening');
  const untilAsked = async (times: number) => {
    while (count < times) await once(socket, 'asked');
  };
  return {
    asked: (times) => within(untilAsked(times), () => `asked ${count} times`),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
