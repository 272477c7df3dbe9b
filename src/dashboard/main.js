import { Charts } from './charts.js';
import { byId, put } from './element.js';
import { closeExplained, explain } from './explain.js';
import { Feed, keepToken } from './feed.js';
import { Failures, Panels } from './panels.js';
import { away, Judge, showVerdict } from './verdict.js';
import { duration, visible } from './words.js';

// What a header can carry (RFC 9110 section 5.5).
const SENDABLE = /^[\x21-\x7e]+$/;

const charts = new Charts(byId('charts'));
const panels = new Panels((name) => void search(name));
const failures = new Failures();
const judge = new Judge();
const feed = new Feed({ event: takeEvent, state: showState });
let last = null;

listen();
void feed.start();

function takeEvent(name, data) {
  if (name === 'failure') failures.add(data);
  if (name === 'overview') showOverview(data);
}

function showOverview(overview) {
  last = overview;
  byId('live').hidden = false;
  const verdict = judge.judge(overview);
  showVerdict(verdict);
  document.title = `${verdict.words} · ${visible(overview.edge)} · sluice`;
  put(byId('edge'), visible(overview.edge));
  const up = duration((Date.parse(overview.time) - Date.parse(overview.startedAt)) / 1000);
  put(byId('about'), visible(`sluice ${overview.sluice}, ${overview.engine} engine, up ${up}`));
  charts.add(overview);
  panels.show(overview);
  failures.replace(overview.failures);
}

function showState(state) {
  document.body.classList.toggle('stale', state.kind === 'away');
  byId('token').hidden = state.kind !== 'token';
  byId('verdict').hidden = state.kind === 'token';
  const connection = byId('connection');
  connection.className = state.kind;
  if (state.kind === 'live') return put(connection, '● Live');
  if (state.kind === 'away') return showAway(state);
  put(connection, '○ No token');
  showTokenForm(state.refused);
}

function showAway({ why, seconds }) {
  const connection = byId('connection');
  // Said once: the count that follows is for the eyes.
  put(connection, `○ Trying again in ${seconds} s`);
  const verdict = away(last, why);
  showVerdict(verdict);
  document.title = `${verdict.words} · sluice`;
}

function showTokenForm(refused) {
  byId('live').hidden = true;
  byId('explained').hidden = true;
  put(byId('token-refused'), refused ? '× The edge does not take this token.' : '');
  byId('token-value').focus();
}

function search(name) {
  byId('search-name').value = name;
  return explain(name, byId('search-protocol').value);
}

function listen() {
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    void search(byId('search-name').value.trim());
  });
  byId('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    takeToken();
  });
  document.addEventListener('keydown', onKey);
}

function takeToken() {
  const field = byId('token-value');
  const given = field.value.trim();
  field.value = '';
  if (!SENDABLE.test(given)) return showTokenForm(true);
  keepToken(given);
  void feed.start();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const types = event.target.matches('input, select, textarea');
  if (event.key === 'Escape') closeExplained();
  if (event.key !== '/' || types) return;
  event.preventDefault();
  byId('search-name').select();
  byId('search-name').focus();
}
