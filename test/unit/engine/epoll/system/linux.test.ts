import assert from 'node:assert/strict';
import { test } from 'node:test';
import koffi from 'koffi';
import { epollUnavailable } from '../../../../../src/engine/epoll/system/available.ts';
import { EVENT_LAYOUTS } from '../../../../../src/engine/epoll/system/linux.ts';

const WORD = 4;
const members = { events: 'uint32', data: 'uint64' };

test('struct epoll_event is packed on x86-64 and aligned on arm64', () => {
  const layouts = { x64: koffi.pack(members), arm64: koffi.struct(members) };
  for (const [arch, struct] of Object.entries(layouts)) {
    const { words, data } = EVENT_LAYOUTS[arch]!;
    assert.equal(words * WORD, struct.size, arch);
    assert.equal(data * WORD, struct.members!['data']!.offset, arch);
  }
});

test('where the engine cannot run it says why', { skip: process.platform === 'linux' }, () => {
  assert.match(epollUnavailable()!, /needs Linux/);
});
