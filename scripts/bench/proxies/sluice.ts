import { startSluice } from '../../../test/support/sluice.ts';
import { makeFolder } from '../../../test/support/folder.ts';
import type { Proxy, RunningProxy, Setting } from './proxy.ts';

export const EPOLL: Proxy = sluice('sluice', ['--engine=epoll', '--access-log=off']);
export const NET: Proxy = sluice('sluice, net engine', ['--engine=net', '--access-log=off']);

/** With a line per session in a file. */
export const LOGGING: Proxy = {
  name: 'sluice, access log on',
  isPeer: false,
  async start(setting) {
    const folder = await makeFolder();
    const args = ['--engine=epoll', `--access-log=${folder.file('access.log')}`];
    const running = await start(setting, args);
    const dispose = async () => {
      await running[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    return { pid: running.pid, port: running.port, [Symbol.asyncDispose]: dispose };
  },
};

/** The sluice of this checkout, with metrics on. */
function sluice(name: string, args: readonly string[]): Proxy {
  return { name, isPeer: false, start: (setting) => start(setting, args) };
}

async function start(setting: Setting, args: readonly string[]): Promise<RunningProxy> {
  const { backendPort, names, redis, workers } = setting;
  const backends = [`127.0.0.1:${backendPort}`];
  const running = await startSluice({
    listeners: ['tls://127.0.0.1:0'],
    ...(redis === undefined ? { routes: { [names.at(0)]: { backends } } } : { redis }),
    args: [...args, `--workers=${workers}`],
  });
  const port = Number(running.address().split(':').pop());
  const dispose = () => running[Symbol.asyncDispose]();
  return { pid: running.pid, port, [Symbol.asyncDispose]: dispose };
}
