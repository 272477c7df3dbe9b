import { Chatter } from '../load/chatter.ts';
import { DIRECT, HAPROXY, NGINX, SNIPROXY } from '../proxies/peers.ts';
import { EPOLL, NET } from '../proxies/sluice.ts';
import { alone, type Question } from './question.ts';
import { BUSY_COLUMNS, busyCores, drive } from './spent.ts';

const CONNECTIONS = 64;

export const CHATTER: Question = {
  id: 'chatter',
  title: `Chatter: round trips of 200 bytes on ${CONNECTIONS} connections`,
  columns: [
    { key: 'cpu', heading: 'CPU µs per round trip', digits: 2 },
    { key: 'rate', heading: 'round trips/s', digits: 0 },
    { key: 'p50', heading: 'p50 µs', digits: 0 },
    { key: 'p99', heading: 'p99 µs', digits: 0 },
    ...BUSY_COLUMNS,
  ],
  contenders: alone(EPOLL, NET, HAPROXY, NGINX, SNIPROXY, DIRECT),
  names: 1,
  bar: { must: 1.15, aim: 0.9 },
  measure(load, proxy, pace) {
    const exchange = new Chatter(load, proxy.port, CONNECTIONS);
    const spent = drive(load, proxy, exchange, pace.measureMs);
    const { tally } = load;
    return Promise.resolve({
      cpu: (spent.proxyCpu / tally.done) * 1e6,
      rate: tally.done / spent.wall,
      p50: tally.percentile(0.5),
      p99: tally.percentile(0.99),
      ...busyCores(spent),
    });
  },
};
