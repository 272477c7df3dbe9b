import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { layoutCounters, type CounterLayout } from '../account/counters.ts';
import { scrape } from '../account/metrics/scrape.ts';
import { createRegistry } from '../account/exposition.ts';
import type { LogFile } from '../account/log/log-file.ts';
import { canonicalIp, formatEndpoint, type Endpoint, type IpEndpoint } from '../address.ts';
import { readDashboard } from '../admin/page.ts';
import { openAdmin, type AdminListener } from '../admin/server.ts';
import type { Config } from '../config/options.ts';
import { redisPlace } from '../config/redis/place.ts';
import { readVersion } from '../config/version.ts';
import { ControlPlane } from '../control/control-plane.ts';
import type { HealthSettings } from '../control/health/health.ts';
import {
  StopSignals,
  surviveHangups,
  surviveQuits,
  untilStopped,
} from '../control/runtime/life-cycle.ts';
import {
  descriptorLimit,
  pipesWithin,
  sessionsWithin,
} from '../control/workers/descriptor-limit.ts';
import { eventsPage, overviewPage } from '../control/report/overview/pages.ts';
import { SessionsPage } from '../control/feed/sessions-page.ts';
import { ClusterSource } from '../control/sources/cluster/redis-cluster.ts';
import { FileSource } from '../control/sources/file.ts';
import { RedisSource } from '../control/sources/redis.ts';
import { redisDatabase } from '../control/sources/redis/address.ts';
import { withSnapshot } from '../control/sources/snapshot/snapshot-source.ts';
import type { RouteSource } from '../control/sources/source.ts';
import { checkSourceAddresses } from '../engine/check-source.ts';
import type { EngineName } from '../engine/engine.ts';
import { EngineUnavailable, selectEngine, type EngineSelection } from '../engine/select.ts';
import type { LineSettings } from '../session/line-parts.ts';
import { accessLogStart, openAccessLog, openLog, reopenAccessLog, type OwnLog } from './logs.ts';
import { AdminFailed, explainStartFailure } from './start-failure.ts';

/** What is made once and used by several. */
interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly logOutput: OwnLog['output'];
  readonly layout: CounterLayout;
  readonly accessLog: LogFile | null;
}

/** Run the edge until it is told to stop. Resolves with the exit code. */
export async function serve(config: Config, warnings: readonly string[]): Promise<number> {
  const own = openLog(config);
  try {
    return await run(config, warnings, own);
  } catch (error) {
    own.output.write(`sluice: ${explainStartFailure(error)}\n`);
    return 1;
  }
}

async function run(config: Config, warnings: readonly string[], own: OwnLog): Promise<number> {
  const { log } = own;
  // First of all: a signal that comes while we start is for the edge that has started.
  const signals = new StopSignals();
  let accessLog: LogFile | null = null;
  surviveHangups(() => reopenAccessLog(accessLog, log));
  surviveQuits(() => void control?.runtime.dump(() => control!.overview().read()));
  for (const warning of warnings) log.warn(warning);
  const layout = layoutCounters(config.listen.map(({ name }) => name));
  accessLog = openAccessLog(config, log);
  const parts = { config, log, logOutput: own.output, layout, accessLog };
  let control: ControlPlane | null = null;
  let admin: AdminListener | null = null;
  try {
    const engine = selectEngine(config.engine);
    const workers = countWorkers(config.workers, engine.name);
    await checkSourceAddresses(config.sourceAddress);
    control = createControlPlane(parts, engine, workers);
    admin = await openAdminListener(parts, control);
    const addresses = await control.start(() => log.info('ready'));
    log.info({ engine: engine.name, reason: engine.reason, workers }, 'engine');
    logListeners(parts, addresses);
    return await untilStopped(signals, control, {
      drainTimeoutMs: config.drainTimeoutMs,
      onDrain: (signal) => log.info({ signal }, 'draining'),
    });
  } finally {
    signals.close();
    // First, as it shows what the control plane knows.
    await admin?.close();
    await control?.close();
    await parts.accessLog?.close();
  }
}

async function openAdminListener(
  { config, log, layout }: Parts,
  control: ControlPlane,
): Promise<AdminListener | null> {
  if (config.admin === 'off') return null;
  const registry = createRegistry(layout, control.cells, control.metrics());
  const report = control.report(config.edgeName);
  const live = control.overview();
  const sessions = new SessionsPage(control.feeds);
  const options = { host: config.admin.ip, port: config.admin.port, token: config.adminToken };
  try {
    const admin = await openAdmin(options, {
      metrics: () => scrape(registry, control.hosts),
      problems: () => control.problems(),
      notes: () => control.notes(),
      pages: {
        '/api/v1/routes': (query) => report.routes(query),
        '/api/v1/explain': (query) => report.explain(query),
        '/api/v1/overview': () => overviewPage(live),
        '/api/v1/events': () => eventsPage(live),
        '/api/v1/sessions': (query) => sessions.answer(query),
      },
      files: readDashboard(),
    });
    control.guardOwn(admin.address);
    log.info({ address: formatEndpoint(admin.address) }, 'admin listening');
    return admin;
  } catch (error) {
    throw new AdminFailed(formatEndpoint(config.admin), error);
  }
}

function logListeners({ config, log }: Parts, addresses: readonly IpEndpoint[]): void {
  for (const [index, address] of addresses.entries()) {
    const listener = config.listen[index]!.name;
    log.info({ listener, address: formatEndpoint(address) }, 'listening');
  }
}

function createControlPlane(
  { config, log, logOutput, layout, accessLog }: Parts,
  engine: EngineSelection,
  workers: number,
): ControlPlane {
  return new ControlPlane({
    source: createSource(config, log),
    maxRoutes: config.routeTableMax,
    httpMaxAgeMs: config.snapshotMaxAgeMs,
    dnsServers: config.dnsServer,
    health: healthSettings(config),
    guard: { allow: config.backendAllow, deny: config.backendDeny },
    own: ownEndpoints(config),
    proxyProtocol: config.proxyProtocol,
    onRemoved: config.onRemoved,
    engine,
    workers,
    metricsHosts: config.metricsHosts,
    listeners: config.listen,
    layout,
    version: readVersion(),
    log,
    logOutput,
    accessLog,
    worker: {
      edge: config.edgeName,
      line: lineSettings(config),
      ...clientLimits(config, workers),
      balance: config.balance,
      sourceAddresses: config.sourceAddress,
      maxEjected: config.maxEjected === 'off' ? 0 : config.maxEjected,
      ejection: {
        ejectAfter: config.ejectAfter,
        ejectForMs: config.ejectForMs,
        slowStartMs: config.slowStartMs,
      },
      accessLog: accessLogStart(config, workers),
    },
  });
}

// The net engine's listening socket belongs to one thread: not every Node it runs on can share it.
function countWorkers(asked: number | 'auto', engine: EngineName): number {
  if (engine === 'epoll') return asked === 'auto' ? availableParallelism() : asked;
  if (asked === 'auto' || asked === 1) return 1;
  throw new EngineUnavailable(`the net engine runs one worker, not ${asked}`);
}

function createSource(config: Config, log: Logger): RouteSource {
  if (config.routes !== null) return new FileSource({ path: config.routes, log });
  const { redisPrefix: prefix, snapshot, routeTableMax: maxRoutes } = config;
  const place = redisPlace(config)!;
  const loss = {
    share: config.holdLoss === 'off' ? null : config.holdLoss,
    forMs: config.holdLossForMs,
  };
  const isCluster = 'seeds' in place;
  const source = isCluster
    ? new ClusterSource({ place, prefix, log })
    : new RedisSource({ address: place, prefix, log, loss, maxRoutes });
  if (snapshot === 'off') return source;
  const database = isCluster ? 0 : redisDatabase(place);
  // Of a cluster's routes only the size of the file is bounded.
  const max = isCluster ? Infinity : maxRoutes;
  return withSnapshot(source, { path: snapshot.file, prefix, database, maxRoutes: max, log });
}

// A tenant who writes our own addresses into a route must not reach them. Those that only sentinels or a
// cluster know are not among them.
function ownEndpoints({ redis, redisSentinel, redisCluster }: Config): Endpoint[] {
  const named = [...redisSentinel, ...redisCluster].flatMap(({ host, port }) => {
    const ip = canonicalIp(host);
    return ip === null ? [] : [{ ip, port }];
  });
  return redis === null || redis.endpoint === null ? named : [redis.endpoint, ...named];
}

function clientLimits(
  { maxConnections: max, maxConnectionsPerIp, ratePerIp }: Config,
  workers: number,
) {
  const orNull = (limit: number | 'off') => (limit === 'off' ? null : limit);
  const descriptors = descriptorLimit();
  const fitting = descriptors === null ? null : sessionsWithin(descriptors, workers);
  return {
    maxConnections: max === 'auto' ? fitting : max,
    pipes: pipesWithin(descriptors, workers),
    clientLimits: { sessions: orNull(maxConnectionsPerIp), rate: orNull(ratePerIp) },
  };
}

function healthSettings(config: Config): HealthSettings {
  const place = redisPlace(config);
  const isShared = config.shareEjections === 'on' && place !== null && !('seeds' in place);
  return {
    probes: {
      kind: config.probe,
      intervalMs: config.probeIntervalMs,
      timeoutMs: config.probeTimeoutMs,
      sources: config.sourceAddress,
      rise: config.probeRise,
      fall: config.probeFall,
      path: config.probePath,
      status: config.probeStatus,
    },
    shared: isShared ? { place, prefix: config.redisPrefix } : null,
  };
}

// The workers learn nothing but this: no password, no token.
function lineSettings(config: Config): LineSettings {
  return {
    helloTimeoutMs: config.helloTimeoutMs,
    helloMaxBytes: config.helloMaxBytes,
    allow: config.allow,
    deny: config.deny,
    queueMax: config.queueMax,
    queueTimeoutMs: config.queueTimeoutMs,
    acceptProxy: config.acceptProxy,
    onUnknown: config.onUnknown,
    connectTimeoutMs: config.connectTimeoutMs,
    connectRetries: config.connectRetries,
    retryBudget: config.retryBudget === 'off' ? null : config.retryBudget,
    idleTimeoutMs: config.idleTimeoutMs,
    halfCloseTimeoutMs: config.halfCloseTimeoutMs,
  };
}
