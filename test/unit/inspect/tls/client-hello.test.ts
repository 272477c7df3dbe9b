import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TlsHello } from '../../../../src/inspect/hello.ts';
import {
  alpn,
  EARLY_DATA,
  ECH,
  extension,
  GREASE,
  helloMessage,
  inRecords,
  serverName,
  serverNames,
  supportedVersions,
  vector16,
  vector8,
} from '../../../support/client-hello.ts';
import type { HelloParts } from '../../../support/client-hello.ts';
import { newTlsReader, readWhole } from '../../../support/readers.ts';

const APP = serverNames('app.example.com');

function read(parts: HelloParts) {
  return readWhole(newTlsReader, inRecords(helloMessage(parts)));
}

function helloWith(...extensions: readonly Buffer[]): TlsHello {
  const reading = read({ extensions });
  assert.equal(reading.kind, 'hello', JSON.stringify(reading));
  return reading.hello;
}

function nameIn(...extensions: readonly Buffer[]): string | null {
  return helloWith(...extensions).serverName;
}

test('a hello says its server name, ALPN, highest version, ECH and early data', () => {
  const hello = helloWith(GREASE, APP, alpn('h2', 'x', 'http/1.1'), supportedVersions(0x0304), ECH);
  assert.deepEqual(hello, {
    protocol: 'tls',
    serverName: 'app.example.com',
    alpn: ['h2', 'x', 'http/1.1'],
    version: 0x0304,
    ech: true,
    earlyData: false,
  });
  assert.equal(helloWith(APP, EARLY_DATA).earlyData, true);
});

test('a hello that says nothing is a hello that names nobody', () => {
  const silent = { protocol: 'tls', serverName: null, alpn: [], ech: false, earlyData: false };
  for (const extensions of [null, []]) {
    assert.deepEqual(read({ extensions, version: 0x0301 }), {
      kind: 'hello',
      hello: { ...silent, version: 0x0301 },
    });
  }
});

test('the highest version counts, whatever the order, and GREASE and drafts do not', () => {
  const version = (...versions: number[]) => helloWith(supportedVersions(...versions)).version;
  assert.equal(version(0x0303, 0x0304, 0x0302), 0x0304);
  assert.equal(version(0x0303, 0x0302), 0x0303);
  assert.equal(version(0xfafa, 0x7f1c, 0x0304), 0x0304);
  assert.equal(version(0x7f1c), 0x0303);
  assert.equal(version(), 0x0303);
});

test('a client_version of the future is a hello, one below SSL 3.0 is none', () => {
  for (const version of [0x0300, 0x0302, 0x0305, 0x0401]) {
    assert.equal(read({ version, extensions: [APP] }).kind, 'hello');
  }
  assert.equal(read({ version: 0x0200, extensions: [APP] }).kind, 'malformed');
});

test('a name is lower-cased, loses its trailing dot and may have an underscore', () => {
  assert.equal(nameIn(serverNames('App.EXAMPLE.com.')), 'app.example.com');
  assert.equal(nameIn(serverNames('_a.example.com')), '_a.example.com');
});

test('an empty list, an empty name and an IP literal name nobody', () => {
  assert.equal(nameIn(extension(0, Buffer.alloc(0))), null);
  assert.equal(nameIn(serverNames()), null);
  assert.equal(nameIn(serverNames('')), null);
  assert.equal(nameIn(serverNames('192.0.2.1')), null);
  assert.equal(nameIn(serverNames('2001:db8::1')), null);
});

test('name types from the future are skipped', () => {
  const list = Buffer.concat([
    serverName('x', 1),
    serverName('app.example.com'),
    serverName('', 9),
  ]);
  assert.equal(nameIn(extension(0, vector16(list))), 'app.example.com');
});

const MALFORMED: Readonly<Record<string, HelloParts>> = {
  'two server_name extensions': { extensions: [APP, serverNames('other.example.com')] },
  'two server_name extensions, one of them empty': {
    extensions: [extension(0, Buffer.alloc(0)), APP],
  },
  'two names in one extension': { extensions: [serverNames('app.example.com', 'b.example.com')] },
  'the same name twice': { extensions: [serverNames('app.example.com', 'app.example.com')] },
  'NUL in the name': { extensions: [serverNames('app.example.com\0.evil.example')] },
  'an escape in the name': { extensions: [serverNames('app\u001b[2J.example.com')] },
  'UTF-8 in the name': { extensions: [serverNames('b\u00fccher.example')] },
  'a Kelvin sign in the name': { extensions: [serverNames('\u212Aelvin.example')] },
  'a wildcard as the name': { extensions: [serverNames('*.example.com')] },
  'an empty label in the name': { extensions: [serverNames('app..example.com')] },
  'a list that is shorter than its extension': {
    extensions: [extension(0, Buffer.concat([vector16(serverName('a.example')), Buffer.of(0)]))],
  },
  'a name that runs past its list': {
    extensions: [extension(0, vector16(Buffer.of(0, 0, 9, 0x61)))],
  },
  'a list with half an entry': { extensions: [extension(0, vector16(Buffer.of(0, 0)))] },
  'an extension that runs past the hello': {
    extensions: [APP, Buffer.of(0, 23, 0, 9, 0)],
  },
  'half an extension header': { extensions: [APP, Buffer.of(0, 23, 0)] },
  'an ALPN list longer than its extension': {
    extensions: [APP, extension(16, Buffer.of(0, 9, 2, 0x68, 0x32))],
  },
  'an empty ALPN name': { extensions: [APP, extension(16, vector16(vector8(Buffer.alloc(0))))] },
  'an ALPN name that runs past the list': {
    extensions: [APP, extension(16, vector16(Buffer.of(3, 0x68, 0x32)))],
  },
  'two ALPN extensions': { extensions: [alpn('h2'), APP, alpn('acme-tls/1')] },
  'supported_versions with half a version': {
    extensions: [APP, extension(43, vector8(Buffer.of(3, 4, 3)))],
  },
  'two supported_versions extensions': {
    extensions: [supportedVersions(0x0304), supportedVersions(0x0303)],
  },
  'a session id over 32 bytes': { sessionId: Buffer.alloc(33), extensions: [APP] },
};

for (const [title, parts] of Object.entries(MALFORMED)) {
  test(`${title} is malformed, and never falls through as a hello without a name`, () => {
    assert.equal(read(parts).kind, 'malformed');
  });
}

test('a hello that is shorter or longer than its content is malformed', () => {
  const message = helloMessage({ extensions: [APP] });
  for (const change of [-40, -2, -1, 1]) {
    const wrong = Buffer.concat([message, Buffer.alloc(8)]);
    wrong.writeUInt16BE(message.length - 4 + change, 2);
    assert.equal(readWhole(newTlsReader, inRecords(wrong)).kind, 'malformed', `${change}`);
  }
});
