import { fstatSync } from 'node:fs';
import { pino, type Logger } from 'pino';
import { LogFile } from '../account/log/log-file.ts';
import type { Config } from '../config/options.ts';
import { LineOutput } from '../control/log/line-output.ts';
import type { AccessLogStart } from '../worker/messages.ts';
import { AccessLogFailed } from './start-failure.ts';

const STDERR_FD = 2;

/** The edge's own log, and what its lines are written to. */
export interface OwnLog {
  readonly log: Logger;
  readonly output: LineOutput;
}

/** Open the edge's own log: JSON lines on standard error, all of them written before the process ends. */
export function openLog({ logLevel: level, edgeName: edge }: Config): OwnLog {
  const output = openStandardError((lost) => log.error({ lost }, 'log lines were lost'));
  const log = pino(
    {
      base: { edge },
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  process.once('exit', () => output.flush());
  return { log, output };
}

/** Open what access lines are written to; `null` where none are wanted. Throws `AccessLogFailed`. */
export function openAccessLog({ accessLog }: Config, log: Logger): LogFile | null {
  if (accessLog === 'off') return null;
  const to = accessLog === 'stdout' ? accessLog : accessLog.file;
  try {
    return new LogFile(to, (error) => log.error({ error: error.message }, 'access log'));
  } catch (error) {
    throw new AccessLogFailed(error);
  }
}

/** What SIGHUP asks for: the log's file was renamed, and lines are to go into a new one. */
export function reopenAccessLog(file: LogFile | null, log: Logger): void {
  try {
    const isNew = file?.reopen() === true;
    const done = isNew ? 'the access log was opened again' : 'nothing to reload';
    log.info(`SIGHUP: ${done}; routes are followed as they change`);
  } catch (error) {
    const reason = { error: (error as Error).message };
    log.error(reason, 'SIGHUP: the access log cannot be opened again: it goes on where it was');
  }
}

/** What each of so many workers is told of the access log. */
export function accessLogStart(config: Config, workers: number): AccessLogStart | null {
  const { accessLog, accessLogLongMs: long, accessLogSample: sample } = config;
  if (accessLog === 'off') return null;
  return {
    edge: config.edgeName,
    level: config.logLevel === 'debug' ? 'debug' : 'info',
    longMs: long === 'off' ? null : long,
    // Each has its share: they take clients as evenly as they can.
    sample: sample === 'off' ? null : sample / workers,
  };
}

function openStandardError(onFlow: (lost: number) => void): LineOutput {
  const stat = fstatSync(STDERR_FD);
  // Node opens it when it is first asked for, and from then on it does not block.
  if (stat.isFIFO() || stat.isSocket()) void process.stderr;
  return new LineOutput(STDERR_FD, onFlow);
}
