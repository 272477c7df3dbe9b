import { Bulk } from '../load/bulk.ts';
import { DIRECT, HAPROXY, NGINX, SNIPROXY } from '../proxies/peers.ts';
import { EPOLL, NET } from '../proxies/sluice.ts';
import { alone, type Question } from './question.ts';
import { BUSY_COLUMNS, busyCores, drive } from './spent.ts';

const STREAMS = 8;

export const BULK: Question = {
  id: 'bulk',
  title: `Bulk: ${STREAMS} streams from the backend, as fast as they go`,
  columns: [
    { key: 'cpu', heading: 'CPU s per GB', digits: 3 },
    { key: 'rate', heading: 'MB/s', digits: 0 },
    ...BUSY_COLUMNS,
  ],
  contenders: alone(EPOLL, NET, HAPROXY, NGINX, SNIPROXY, DIRECT),
  names: 1,
  bar: { must: 0.4, aim: 0.25 },
  measure(load, proxy, pace) {
    const exchange = new Bulk(load, proxy.port, STREAMS);
    const spent = drive(load, proxy, exchange, pace.measureMs);
    const { bytes } = load.tally;
    const [cpu, rate] = [(spent.proxyCpu / bytes) * 1e9, bytes / spent.wall / 1e6];
    return Promise.resolve({ cpu, rate, ...busyCores(spent) });
  },
};
