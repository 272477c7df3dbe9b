import { enterOwnNetwork, narrowPorts } from '../../support/own-network.ts';
import { clientHello } from '../../support/client-hello.ts';
import { connectRaw } from '../../support/raw-client.ts';
import type { RawSocket } from '../../support/raw-socket.ts';
import { NAME, startEdge, type Edge } from './edge.ts';
import { assertAlert, assertReply, look, requestFor, type Endings } from './ending.ts';

const FEW = [40_000, 40_003] as const;
const MANY = [32_768, 60_999] as const;
// Clients come from ports of their own: none of the few there are to dial from.
const CLIENT_PORT = 30_000;

/** Of a session that could not be dialled for want of a port. For all of this test the network is its own. */
export const PORT_ENDINGS: Endings<'no-source-ports'> = {
  'no-source-ports': {
    title: 'no port is left to dial the backend from: alert 80, or HTTP 503',
    edge: () => startEdge({ args: ['--connect-retries', '0'] }),
    happens: runOutOfPorts,
    skip: enterOwnNetwork() ?? false,
  },
};

async function runOutOfPorts({ backend, tls, http }: Edge): Promise<string[]> {
  const holders: RawSocket[] = [];
  narrowPorts(...FEW);
  try {
    for (let localPort = CLIENT_PORT; holders.length <= FEW[1] - FEW[0]; localPort++) {
      const client = await connectRaw(tls, { localPort });
      await client.send(clientHello(NAME));
      await backend.accept();
      holders.push(client);
    }
    const byTls = await look(tls, clientHello(NAME), { localPort: CLIENT_PORT + 100 });
    const byHttp = await look(http, requestFor(NAME), { localPort: CLIENT_PORT + 101 });
    assertAlert(byTls, 80);
    assertReply(byHttp, 503);
    return [byTls.client, byHttp.client];
  } finally {
    narrowPorts(...MANY);
    for (const client of holders) client.reset();
  }
}
