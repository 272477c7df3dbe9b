import { printable } from '../../account/printable.ts';
import type {
  ExplainedAddress,
  ExplainedMember,
  ExplainedOption,
  Explanation,
} from '../../control/report/explain/explanation.ts';
import { terminationRow } from '../../termination.ts';
import { formatTable, terminalWidth } from './table.ts';

const ORIGIN = { route: 'of the route', edge: 'of the edge', unknown: '' } as const;

/** An explanation for a reader: what was asked, what was looked at, who may be chosen, who is. */
export function showExplanation(explanation: Explanation, width = terminalWidth()): string {
  const sections = [
    headline(explanation),
    section('LOOKED AT', patternsTable(explanation, width)),
    section('OPTIONS', optionsTable(explanation.options, width)),
    section('BACKENDS', membersTable(explanation.members, width)),
    section('CHOICE', choiceText(explanation, width)),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function headline({ name, protocol, alpn, from, source }: Explanation): string {
  const parts = [
    `${name ?? 'a client that names nobody'}, ${protocol}`,
    ...(alpn.length > 0 ? [`ALPN ${alpn.join(' ')}`] : []),
    ...(from === null ? [] : [`from ${from}`]),
  ];
  return `${printable(parts.join(', '))}: as ${printable(source)} knows it\n`;
}

function section(title: string, text: string): string {
  return text === '' ? '' : `${title}\n${text}`;
}

function patternsTable({ tried }: Explanation, width: number | null): string {
  return formatTable(
    [],
    tried.map(({ pattern, why }) => [pattern, why]),
    width,
  );
}

// What an edge does anyway is left out where it is nothing: there would be four such lines.
function optionsTable(options: readonly ExplainedOption[], width: number | null): string {
  const told = options.filter(({ value, refused }) => value !== null || refused !== null);
  const rows = told.map(({ name, value, from, refused }) => [
    name,
    value ?? '-',
    ORIGIN[from],
    refused === null ? '' : `refused: ${refused}`,
  ]);
  return formatTable([], rows, width);
}

function membersTable(members: readonly ExplainedMember[], width: number | null): string {
  if (members.length === 0) return '';
  const headings = ['MEMBER', 'ADDRESS', 'STATE', 'WEIGHT', 'PROXY', 'SESSIONS', 'WHY'];
  return formatTable(headings, members.flatMap(rowsOf), width);
}

function rowsOf(member: ExplainedMember): string[][] {
  const { addresses, state, weight, proxy, why } = member;
  const own = [String(weight ?? '-'), proxy ?? '-'];
  if (addresses.length === 0) return [[member.member, '-', state, ...own, '-', why ?? '']];
  return addresses.map((each) => [
    member.member,
    each.address,
    stateOf(each, state),
    ...own,
    String(each.sessions ?? 'unknown'),
    why ?? whyOf(each),
  ]);
}

function stateOf({ refused, ejectedUntil }: ExplainedAddress, state: string): string {
  if (refused !== null) return 'refused';
  return ejectedUntil !== null && state === 'candidate' ? 'ejected' : state;
}

function whyOf({ refused, ejectedUntil, ejectedBecause }: ExplainedAddress): string {
  if (refused !== null) return `is ${refused}`;
  if (ejectedUntil === null) return '';
  const since = ejectedBecause === null ? '' : `: ${ejectedBecause}`;
  return `until ${new Date(ejectedUntil).toISOString()} at least${since}`;
}

function choiceText({ choice }: Explanation, width: number | null): string {
  const { termination, why, candidates } = choice;
  if (termination !== null) {
    const { alert, status } = terminationRow(termination);
    const seen = [...(alert ? [`alert ${alert}`] : []), ...(status ? [`HTTP ${status}`] : [])];
    const told = seen.length > 0 ? ` (${seen.join(' · ')})` : '';
    return `${termination}${told}: ${printable(why)}\n`;
  }
  const rows = candidates.map(({ address, chance }) => [address, percent(chance)]);
  return `${printable(why)}\n${formatTable([], rows, width)}`;
}

function percent(chance: number | null): string {
  if (chance === null) return 'perhaps';
  return chance === 1 ? 'certain' : `${(chance * 100).toFixed(1)} %`;
}
