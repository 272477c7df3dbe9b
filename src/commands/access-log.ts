import type { Logger } from 'pino';
import { LogFile } from '../account/log/log-file.ts';
import type { Config } from '../config/options.ts';
import type { AccessLogStart } from '../worker/messages.ts';
import { AccessLogFailed } from './start-failure.ts';

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
