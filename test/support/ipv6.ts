import { networkInterfaces } from 'node:os';

/** For a test's `skip`: why there is nothing to test IPv6 with on this machine, or `false`. */
export const NO_IPV6 = hasLoopback() ? false : 'this machine has no ::1';

function hasLoopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  );
}
