import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseHostPort } from '../../src/address.ts';

/** A DNS server with half its wits: what it says of IPv4 is true, any other question is SERVFAIL. */
export interface HalfDns extends AsyncDisposable {
  /** `127.0.0.1:41234`, over UDP. */
  readonly address: string;
}

// RFC 1035 section 4.1.1: it is a response, and the server failed.
const RESPONSE = 0x80;
const SERVFAIL = 2;
const TYPE_A = 1;

/** Stand in front of a real DNS server. The first `truths` questions of other types are answered, too. */
export async function startHalfDns(real: string, truths = 0): Promise<HalfDns> {
  const { host, port } = parseHostPort(real)!;
  const front = createSocket('udp4').bind(0, '127.0.0.1');
  const back = createSocket('udp4').bind(0, '127.0.0.1');
  const askers = new Map<number, { readonly port: number; readonly address: string }>();
  let others = 0;
  front.on('message', (question, asker) => {
    if (typeOf(question) === TYPE_A || others++ < truths) {
      askers.set(question.readUInt16BE(0), asker);
      back.send(question, port!, host);
      return;
    }
    question[2]! |= RESPONSE;
    question[3] = SERVFAIL;
    front.send(question, asker.port, asker.address);
  });
  back.on('message', (answer) => {
    const asker = askers.get(answer.readUInt16BE(0));
    if (asker !== undefined) front.send(answer, asker.port, asker.address);
  });
  const sockets = [front, back];
  await Promise.all(sockets.map((socket) => once(socket, 'listening')));
  return {
    address: `127.0.0.1:${front.address().port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close();
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
    },
  };
}

// RFC 1035 section 4.1.2: behind a header of 12 bytes the labels of the name, then the type.
function typeOf(question: Buffer): number {
  let at = 12;
  while (question[at]) at += 1 + question[at]!;
  return question.readUInt16BE(at + 1);
}
