import { arrange, byId, make, put, showBars, showFacts } from './element.js';
import { Table } from './table.js';
import { SOURCES, total } from './verdict.js';
import {
  bytes,
  clock,
  count,
  duration,
  ENDINGS,
  milliseconds,
  plural,
  rate,
  visible,
} from './words.js';

const STATES = {
  healthy: '✓ in use',
  ejected: '× out of use',
  recovering: '◔ being tried again',
  'slow-start': '◑ starting slowly',
};

const number = (title, of, show, className = 'number') => ({ title, of, show, className });

/** The tables and lists that are made anew from each overview. `explain(name)` is asked for by a click on a host. */
export class Panels {
  #hosts;
  #backends;
  #workers = workersTable();

  constructor(explain) {
    this.#hosts = hostsTable(explain);
    this.#backends = backendsTable();
  }

  show(overview) {
    this.#hosts.show(overview.hosts);
    this.#backends.show(overview.backends);
    this.#workers.show(overview.workers);
    put(byId('backends-sum'), backendsWords(overview.backends));
    showSessions(overview);
    showSource(overview.source);
    showRuntime(overview);
    showEnded(overview.ended);
  }
}

function hostsTable(explain) {
  const columns = [
    {
      title: 'Host',
      of: ({ host }) => host,
      fill: (cell, { host }) => fillHost(cell, host, explain),
      className: 'name',
    },
    number('Active', ({ active }) => active, count),
    number('New/s', (row) => row.sessionsPerSecond, rate),
    { ...number('Failed/s', (row) => row.failuresPerSecond, rate), fill: fillFailed },
    number('In/s', (row) => row.bytesFromClientPerSecond, bytes, 'number wide'),
    number('Out/s', (row) => row.bytesFromBackendPerSecond, bytes, 'number wide'),
    number('Sessions', ({ sessions }) => sessions, count, 'number wide'),
    number('Failed', ({ failed }) => failed, count, 'number wide'),
  ];
  return new Table(byId('hosts'), {
    columns,
    key: ({ host }) => host,
    caption: 'The busiest hosts. A heading sorts by its column.',
    empty: 'No session yet.',
    sort: { column: 2, falling: true },
  });
}

function fillFailed(cell, { failuresPerSecond }) {
  put(cell, rate(failuresPerSecond));
  cell.classList.toggle('grave', failuresPerSecond > 0);
}

// A pattern is no name that a client could ask for.
function fillHost(cell, host, explain) {
  if (cell.childElementCount > 0 || cell.textContent !== '') return;
  if (!host.includes('.') || host.startsWith('*')) return put(cell, visible(host));
  const button = make('button', 'plain', visible(host));
  button.type = 'button';
  button.title = 'Where would a client go?';
  button.addEventListener('click', () => explain(host));
  cell.append(button);
}

function backendsTable() {
  const columns = [
    { title: 'Backend', of: ({ address }) => address, show: visible, className: 'name' },
    { title: 'State', of: ({ state }) => state, fill: fillState },
    { title: 'Why', of: ({ cause }) => cause ?? '', fill: fillWhy, className: 'why' },
    number('Active', ({ sessions }) => sessions, count),
  ];
  return new Table(byId('backends'), {
    columns,
    key: ({ address }) => address,
    caption: 'Backends, those out of use first. A heading sorts by its column.',
    empty: 'No backend is in use.',
  });
}

function fillState(cell, { state }) {
  put(cell, STATES[state] ?? visible(state));
  cell.className = `state ${Object.hasOwn(STATES, state) ? state : ''}`;
}

function fillWhy(cell, { cause, until }) {
  const words = [
    cause === null ? '' : visible(cause),
    until === null ? '' : `until ${clock(until)}`,
  ];
  put(cell, words.filter((part) => part !== '').join(', '));
}

function backendsWords(backends) {
  const out = backends.filter(({ state }) => state === 'ejected').length;
  return out === 0 ? '' : `${plural(out, 'is', 'are')} out of use`;
}

function workersTable() {
  const columns = [
    number('Worker', ({ id }) => id, count, 'name'),
    {
      title: 'State',
      of: ({ running }) => Number(running),
      show: (running) => (running ? '✓ runs' : '× does not run'),
    },
    number('Active', ({ sessions }) => sessions, count),
    number('Wait p99', ({ waitP99Ms }) => waitP99Ms, milliseconds),
  ];
  return new Table(byId('workers'), {
    columns,
    key: ({ id }) => id,
    caption: 'Worker threads. A heading sorts by its column.',
    empty: 'No worker.',
  });
}

function showSessions({ sessions, rates }) {
  const all = total(sessions);
  const phases = [
    ['Saying whom they want', sessions.hello],
    ['Waiting for a backend', sessions.waiting],
    ['Connecting', sessions.connecting],
    ['Relaying', sessions.relaying],
  ];
  const limit = sessions.limit === null ? '' : ` of ${count(sessions.limit)} at most`;
  put(byId('sessions-sum'), `${count(all)}${limit}`);
  const rows = phases.map(([name, value]) => ({
    name,
    text: count(value),
    share: all === 0 ? 0 : value / all,
  }));
  showBars(byId('sessions'), rows);
  showFacts(byId('rates'), [
    ['Backends tried again, a second', rate(rates.retries)],
    ['Refused by a limit, a second', rate(rates.limited)],
  ]);
}

function showSource({ kind, connected, mode, ageSeconds, fromSnapshot, routes }) {
  const how = mode === null ? '' : `, ${visible(mode)}`;
  showFacts(byId('source'), [
    ['From', `${SOURCES[kind] ?? visible(kind)}${how}`],
    ['Connection', connected ? '✓ there' : '× gone'],
    ['Known', plural(routes, 'route')],
    ['As of', ageWords(ageSeconds)],
    ['Read from', fromSnapshot ? 'the snapshot on disk' : 'the source itself'],
  ]);
}

// For how long changes may have been missed.
function ageWords(seconds) {
  if (seconds === null) return 'never yet';
  return seconds === 0 ? 'now' : `${duration(seconds)} ago`;
}

function showRuntime({ runtime, startedAt, time }) {
  const { lagP99Ms, rssBytes, openDescriptors, maxDescriptors, queued } = runtime;
  const most = maxDescriptors === null ? '' : ` of ${count(maxDescriptors)}`;
  showFacts(byId('runtime'), [
    ['Up for', duration((Date.parse(time) - Date.parse(startedAt)) / 1000)],
    ['Memory', bytes(rssBytes)],
    ['Descriptors', `${count(openDescriptors)}${most}`],
    ['Lag of the main thread, p99', milliseconds(lagP99Ms)],
    ['Queued', count(queued)],
  ]);
}

function showEnded(ended) {
  const rows = Object.entries(ended)
    .filter(([, amount]) => amount > 0)
    .toSorted(([, a], [, b]) => b - a);
  const all = rows.reduce((sum, [, amount]) => sum + amount, 0);
  const list = byId('ended');
  showBars(
    list,
    rows.map(([termination, amount]) => ({
      name: visible(termination),
      text: count(amount),
      share: amount / all,
      title: ENDINGS[termination] ?? '',
    })),
  );
  if (rows.length === 0) list.replaceChildren();
}

/** The failures, newest first: what happened in words, whom it met, and where it would have gone. */
export class Failures {
  #shown = new Map();
  #lines = [];
  #list = byId('failures');

  /** One as it comes. */
  add(line) {
    this.replace([line, ...this.#lines]);
  }

  /** All of them, as an overview has them. */
  replace(lines) {
    this.#lines = [...new Map(lines.map((line) => [line.id, line])).values()].slice(0, 50);
    if (!this.#list.matches(':hover') && !this.#list.parentElement.matches(':focus')) this.#draw();
  }

  #draw() {
    const items = this.#lines.map((line) => [
      line.id,
      this.#shown.get(line.id) ?? failureItem(line),
    ]);
    this.#shown = new Map(items);
    arrange(this.#list, [...this.#shown.values()]);
    put(byId('failures-sum'), this.#lines.length === 0 ? 'none' : `the last ${this.#lines.length}`);
  }
}

function failureItem(line) {
  const grave = line.level === 'error' || line.level === 'warn';
  const what = make(
    'span',
    grave ? 'what grave' : 'what',
    grave ? '× ' : '',
    visible(line.termination),
  );
  const time = make('time', '', clock(line.time));
  time.dateTime = line.time;
  const host = make('span', 'host', visible(line.host ?? 'no name'));
  const why = ENDINGS[line.termination] ?? '';
  const detail = line.detail === undefined ? why : `${why}: ${visible(line.detail)}`;
  return make(
    'li',
    '',
    make('p', '', time, what, host),
    make('p', 'more', detail, make('span', '', placesOf(line))),
  );
}

function placesOf({ client, backend, route, retries, id }) {
  const parts = [
    `client ${client}`,
    route === undefined ? null : `route ${route}`,
    backend === undefined ? null : `backend ${backend}`,
    retries > 0 ? `tried ${retries + 1} times` : null,
    `id ${id}`,
  ];
  return visible(parts.filter((part) => part !== null).join(' · '));
}
