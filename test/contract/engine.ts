import { after, before, describe } from 'node:test';
import type { EngineModule } from '../support/engine-messages.ts';
import { EngineHost } from '../support/engine-remote.ts';
import { backpressureContract } from './engine/backpressure.ts';
import { descriptorsContract } from './engine/descriptors.ts';
import { dialContract } from './engine/dial.ts';
import { firstReplyContract } from './engine/first-reply.ts';

import { listenContract } from './engine/listen.ts';
import { peekContract } from './engine/peek.ts';
import { refuseContract } from './engine/refuse.ts';
import { relayContract } from './engine/relay.ts';
import { relayEndsContract } from './engine/relay-ends.ts';

/** What every engine promises. It runs in a worker thread; all its clients and backends are the test's. */
export function engineContract(engine: EngineModule & { name: string; skip?: string }): void {
  describe(`the ${engine.name} engine`, { skip: engine.skip ?? false }, () => {
    let started: EngineHost;
    before(async () => {
      started = await EngineHost.start({ module: engine.module, export: engine.export });
    });
    after(() => started.stop());

    const host = () => started;
    describe('listen', () => listenContract(host));
    describe('peek', () => peekContract(host));
    describe('refuse, close and reset', () => refuseContract(host));
    describe('dial', () => dialContract(host));
    describe('firstReply', () => firstReplyContract(host));
    describe('relay', () => relayContract(host));
    describe('how a relay ends', () => relayEndsContract(host));
    describe('backpressure', () => backpressureContract(host));
    describe('descriptors', () => descriptorsContract(host));
  });
}
