import { assertFlawless, leave, type Load } from '../load/load.ts';
import type { Exchange } from '../load/wire.ts';
import { cpuSeconds, machineSeconds } from '../proxies/process.ts';
import type { RunningProxy } from '../proxies/proxy.ts';

// Until an exchange is up to speed.
const LEAD_MS = 200;

/** What a measurement took, in seconds. The CPU time of no proxy is `NaN`. */
export interface Spent {
  readonly wall: number;
  readonly proxyCpu: number;
  readonly loadCpu: number;
  /** Of everything on this machine, ours included. */
  readonly allCpu: number;
}

/** Have an exchange go on for a while. What it came to is in the tally. */
export function drive(load: Load, proxy: RunningProxy, exchange: Exchange, ms: number): Spent {
  load.wire.drive(exchange, LEAD_MS);
  load.tally.clear();
  const before = used(proxy);
  load.wire.drive(exchange, ms);
  const after = used(proxy);
  leave(load);
  assertFlawless(load, exchange.constructor.name);
  return {
    wall: after.wall - before.wall,
    proxyCpu: after.proxyCpu - before.proxyCpu,
    loadCpu: after.loadCpu - before.loadCpu,
    allCpu: after.allCpu - before.allCpu,
  };
}

/** How many cores were kept busy, and by whom: whoever kept 1.0 busy is what held up the rest. */
export function busyCores(spent: Spent): { proxy: number; load: number; others: number } {
  const { wall, proxyCpu, loadCpu, allCpu } = spent;
  const others = allCpu - loadCpu - (Number.isNaN(proxyCpu) ? 0 : proxyCpu);
  return { proxy: proxyCpu / wall, load: loadCpu / wall, others: Math.max(0, others) / wall };
}

export const BUSY_COLUMNS = [
  { key: 'proxy', heading: 'cores busy, proxy', digits: 2 },
  { key: 'load', heading: 'load', digits: 2 },
  { key: 'others', heading: 'others', digits: 2 },
] as const;

function used({ pid }: RunningProxy): Spent {
  const { user, system } = process.cpuUsage();
  return {
    wall: performance.now() / 1000,
    proxyCpu: pid === null ? Number.NaN : cpuSeconds(pid),
    loadCpu: (user + system) / 1e6,
    allCpu: machineSeconds(),
  };
}
