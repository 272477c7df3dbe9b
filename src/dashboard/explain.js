import { ask } from './feed.js';
import { byId, make } from './element.js';
import { clock, count, ENDINGS, visible } from './words.js';

const ORIGINS = { route: 'of the route', edge: 'of the edge', unknown: '' };

/** Ask the edge where a client would go, and show every step of its answer. */
export async function explain(name, protocol) {
  const section = byId('explained');
  const query = new URLSearchParams({ host: name, protocol });
  try {
    const answer = await ask(`api/v1/explain?${query}`);
    show(section, answer.error === undefined ? explanation(answer) : refusal(answer.error));
  } catch (error) {
    show(section, refusal(`The edge did not answer: ${error.message}`));
  }
}

/** Put the answer away, and go back to where it was asked for. */
export function closeExplained() {
  const section = byId('explained');
  if (section.hidden) return;
  section.hidden = true;
  byId('search-name').focus();
}

function show(section, children) {
  const close = make('button', 'close', 'Close');
  close.type = 'button';
  close.addEventListener('click', closeExplained);
  section.replaceChildren(close, ...children);
  section.hidden = false;
  section.focus({ preventScroll: true });
  section.scrollIntoView({ block: 'nearest' });
}

function title(...parts) {
  const heading = make('h2', '', ...parts);
  heading.id = 'explained-title';
  return heading;
}

function refusal(why) {
  return [title('No answer'), make('p', 'lead', visible(why))];
}

function explanation(answer) {
  const { name, protocol, tried, members, options, source } = answer;
  const asked = make('span', 'host', visible(name ?? 'a client that names nobody'));
  return [
    title('Where ', asked, ` goes, over ${protocol === 'tls' ? 'TLS' : 'HTTP'}`),
    choice(answer),
    part('Looked at, in this order', patternsList(tried, answer.route)),
    part('Backends', members.length === 0 ? null : membersTable(members)),
    part('Options in force', optionsTable(options)),
    make('p', 'quiet', `As ${visible(source)} knows it.`),
  ];
}

function part(heading, content) {
  return content === null ? null : make('div', 'part', make('h3', '', heading), content);
}

function choice({ choice: { termination, why, candidates, balance } }) {
  if (termination !== null) {
    const words = `× ${termination}: ${ENDINGS[termination] ?? ''}`;
    return make('div', 'lead', make('p', 'what grave', words), make('p', '', visible(why)));
  }
  const how = balance === null ? '' : ` (${balance})`;
  const rows = candidates.map(({ address, chance }) =>
    make('li', '', make('span', 'host', visible(address)), make('span', 'chance', percent(chance))),
  );
  return make(
    'div',
    'lead',
    make('p', '', `✓ ${visible(why)}${how}`),
    make('ul', 'chances', ...rows),
  );
}

function percent(chance) {
  if (chance === null) return 'perhaps';
  return chance === 1 ? 'certain' : `${(chance * 100).toFixed(1)} %`;
}

function patternsList(tried, route) {
  const items = tried.map(({ pattern, exists, why }) => {
    const found = pattern === route ? '✓ matched' : exists ? '· exists' : '– not there';
    const key = make('span', 'host', visible(pattern));
    return make(
      'li',
      pattern === route ? 'won' : '',
      key,
      make('span', 'found', found),
      make('span', 'quiet', visible(why)),
    );
  });
  return make('ol', 'tried', ...items);
}

function membersTable(members) {
  const rows = members.flatMap((member) => {
    const addresses = member.addresses.length > 0 ? member.addresses : [null];
    return addresses.map((address) => memberRow(member, address));
  });
  return simpleTable(['Member', 'Address', 'State', 'Weight', 'PROXY', 'Active', 'Why'], rows);
}

function memberRow(member, address) {
  return [
    visible(member.member),
    address === null ? '–' : visible(address.address),
    stateOf(member, address),
    count(member.weight),
    member.proxy ?? '–',
    count(address?.sessions),
    visible(member.why ?? whyOf(address)),
  ];
}

function stateOf({ state, set }, address) {
  if (address !== null && address.refused !== null) return '× refused';
  if (state !== 'candidate') return `– ${state}`;
  if (address !== null && address.ejectedUntil !== null) return '× out of use';
  return set === 'acme' ? '✓ candidate (acme)' : '✓ candidate';
}

function whyOf(address) {
  if (address === null) return '';
  if (address.refused !== null) return `is ${address.refused}`;
  if (address.ejectedUntil === null) return '';
  const because = address.ejectedBecause === null ? '' : `: ${address.ejectedBecause}`;
  return `until ${clock(address.ejectedUntil)} at least${because}`;
}

function optionsTable(options) {
  const told = options.filter(({ value, refused }) => value !== null || refused !== null);
  if (told.length === 0) return null;
  const rows = told.map(({ name, value, from, refused }) => [
    visible(name),
    visible(value ?? '–'),
    ORIGINS[from] ?? '',
    refused === null ? '' : `refused: ${visible(refused)}`,
  ]);
  return simpleTable(['Option', 'Value', 'From', ''], rows);
}

function simpleTable(headings, rows) {
  const head = make('tr', '', ...headings.map((text) => make('th', '', text)));
  const body = rows.map((cells) => {
    const row = cells.map((text, at) => {
      const cell = make('td', '', text);
      cell.dataset.label = headings[at];
      return cell;
    });
    return make('tr', '', ...row);
  });
  return make('table', 'simple', make('thead', '', head), make('tbody', '', ...body));
}
