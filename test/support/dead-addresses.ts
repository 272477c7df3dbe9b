import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { listen } from './listening.ts';
import { Program } from './program.ts';

/** An address of this machine where nothing works, for as long as it is held. */
export interface DeadAddress extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** An address that refuses every connection. Nobody else can take the port: a socket has it, which does not listen. */
export async function refusingAddress(): Promise<DeadAddress> {
  const { server } = await listen();
  const { port } = server.address() as AddressInfo;
  const holder = connect({ host: '127.0.0.1', port });
  const [[other]] = (await Promise.all([once(server, 'connection'), once(holder, 'connect')])) as [
    [Socket],
    unknown,
  ];
  const held = holder.localPort!;
  return {
    address: `127.0.0.1:${held}`,
    port: held,
    [Symbol.asyncDispose]: async () => {
      holder.destroy();
      other.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** An address that answers no connection attempt: a listener whose backlog is full, and which never accepts. */
export async function silentAddress(): Promise<DeadAddress> {
  const { server, address, port } = await listen({ backlog: 1 });
  // The kernel answers for a listener that someone holds; this one never will.
  const holder = new Program(['sleep', 'infinity'], { listening: server });
  const fillers = await fillBacklog(port);
  return {
    address,
    port,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy();
      await holder[Symbol.asyncDispose]();
    },
  };
}

// Linux keeps one more than the backlog says.
async function fillBacklog(port: number): Promise<Socket[]> {
  const fillers: Socket[] = [];
  while (fillers.length < 2) {
    const filler = connect({ host: '127.0.0.1', port });
    await once(filler, 'connect');
    filler.on('error', () => undefined);
    fillers.push(filler);
  }
  return fillers;
}
