import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterPlace } from '../../../../../src/config/redis/place.ts';
import { topologyOf } from '../../../../../src/control/sources/cluster/topology.ts';

const tls = { ca: null, cert: null, key: null, serverName: null };
const access = { user: null, passwordFile: null, database: 0, tls };
const place: ClusterPlace = {
  kind: 'cluster',
  seeds: [],
  nodes: { tls: false, access },
  shown: '',
};
const ASKED = { url: 'redis://10.9.9.9:7000', shown: '' };

const shownIn = (text: string) => {
  const { masters, whole } = topologyOf(text, ASKED, place);
  return [whole, ...masters.map(({ id, address, slots }) => `${id} ${address.url} ${slots}`)];
};

test('masters are those with slots, and healthy ones that may get some', () => {
  const text = [
    'a 10.0.0.1:7000@17000 master - 0 1 1 connected 0-5460',
    'b :7001@17001 myself,master - 0 1 2 connected 5461-10922 [93-<-a]',
    'c 10.0.0.3:7002@17002,redis-3.example.com master,fail - 0 1 3 disconnected 10923-16383',
    'd 10.0.0.4:7003@17003 slave a 0 1 1 connected',
    'e 10.0.0.5:7004@17004 master - 0 1 5 connected',
    'f 10.0.0.6:7005@17005 master,fail - 0 1 6 disconnected',
    'g :0@0 master,noaddr - 0 1 7 disconnected',
    'h 10.0.0.8:7007@17007 handshake - 0 0 0 disconnected',
    '',
  ].join('\n');
  assert.deepEqual(shownIn(text), [
    true,
    'a redis://10.0.0.1:7000 5461',
    'b redis://10.9.9.9:7001 5462',
    'c redis://redis-3.example.com:7002 5461',
    'e redis://10.0.0.5:7004 0',
  ]);
});

test('a cluster with a slot of nobody is not whole', () => {
  assert.deepEqual(shownIn('a 10.0.0.1:1@2 master - 0 1 1 connected 0-16382'), [
    false,
    'a redis://10.0.0.1:1 16383',
  ]);
  assert.deepEqual(shownIn('what is this'), [false]);
});
