import { ShortConnections } from '../load/short.ts';
import type { Load } from '../load/load.ts';
import { DIRECT, HAPROXY, NGINX, SNIPROXY } from '../proxies/peers.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { EPOLL, LOGGING, NET } from '../proxies/sluice.ts';
import { alone, type Figures, type Pace, type Question } from './question.ts';
import { BUSY_COLUMNS, busyCores, drive } from './spent.ts';

const AT_ONCE = 64;

export const SHORT_COLUMNS = [
  { key: 'cpu', heading: 'CPU µs per connection', digits: 1 },
  { key: 'rate', heading: 'connections/s', digits: 0 },
  { key: 'p50', heading: 'p50 µs', digits: 0 },
  { key: 'p99', heading: 'p99 µs', digits: 0 },
  ...BUSY_COLUMNS,
] as const;

export const SHORT: Question = {
  id: 'short',
  title: `Short connections: hello in, 300 bytes back, close; ${AT_ONCE} at a time`,
  columns: SHORT_COLUMNS,
  contenders: alone(EPOLL, LOGGING, NET, HAPROXY, NGINX, SNIPROXY, DIRECT),
  names: 1,
  bar: { must: 1.35, aim: 1 },
  measure: measureShort,
};

export function measureShort(load: Load, proxy: RunningProxy, pace: Pace): Promise<Figures> {
  const exchange = new ShortConnections(load, proxy.port, AT_ONCE);
  const spent = drive(load, proxy, exchange, pace.measureMs);
  const { tally } = load;
  return Promise.resolve({
    cpu: (spent.proxyCpu / tally.done) * 1e6,
    rate: tally.done / spent.wall,
    p50: tally.percentile(0.5),
    p99: tally.percentile(0.99),
    ...busyCores(spent),
  });
}
