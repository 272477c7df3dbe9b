import { extname } from 'node:path';
import { epollUnavailable } from '../../src/engine/epoll/system/available.ts';
import { engineContract } from './engine.ts';

const extension = extname(import.meta.filename);
const unavailable = epollUnavailable();

engineContract({
  name: 'epoll',
  ...(unavailable === null ? {} : { skip: unavailable }),
  module: new URL(`../support/epoll-engine${extension}`, import.meta.url).href,
  export: 'epollEngine',
});
