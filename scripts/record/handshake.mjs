// One handshake with Node's own TLS: NAME PORT.
import { connect } from 'node:tls';

const [servername, port] = process.argv.slice(2);
connect({ host: '127.0.0.1', port: Number(port), servername, ALPNProtocols: ['h2', 'http/1.1'] });
