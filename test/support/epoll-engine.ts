import { createEpollEngine } from '../../src/engine/epoll/epoll-engine.ts';

/** The epoll engine of the thread that loads this. */
export const epollEngine = createEpollEngine();
