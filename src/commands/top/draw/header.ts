import { printable } from '../../../account/printable.ts';
import type { Overview } from '../../../control/report/overview/overview.ts';
import { bytes, clock, count, milliseconds, rate } from './figures.ts';
import { flow, span, widthOf, type Line, type Style } from './line.ts';

/** What the edge says of itself as a whole, in as many lines as that needs. */
export function headerLines(overview: Overview, width: number): Line[] {
  return [
    ...title(overview, width),
    ...flow(status(overview), width),
    ...flow(sessions(overview), width),
    ...flow(rates(overview), width),
    ...flow(runtime(overview), width),
    ...words(overview),
  ];
}

function title({ edge, time, startedAt }: Overview, width: number): Line[] {
  const left = [span('sluice ', 'bold'), span(printable(edge), 'bold')];
  const up = `up ${clock((Date.parse(time) - Date.parse(startedAt)) / 1000)}`;
  const right = span(`${up}  ${time.slice(11, 19)} UTC`);
  const gap = width - widthOf(left) - right.text.length;
  return gap < 2 ? [left, [span('  '), right]] : [[...left, span(' '.repeat(gap)), right]];
}

function status({ ready, engine, sluice, workers, source }: Overview): Line[] {
  const running = workers.filter((worker) => worker.running).length;
  const isWhole = running === workers.length;
  return [
    [ready ? span('READY', 'good') : span('NOT READY', 'bad')],
    [span(`sluice ${sluice}, ${engine}`)],
    [
      span(
        `${isWhole ? '' : `${running} of `}${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`,
        isWhole ? 'plain' : 'bad',
      ),
    ],
    ...sourceOf(source),
  ];
}

function sourceOf({
  kind,
  connected,
  mode,
  ageSeconds,
  fromSnapshot,
  routes,
}: Overview['source']): Line[] {
  const known = `${count(routes)} routes from ${fromSnapshot ? 'a snapshot' : kind}`;
  const how = mode === null || fromSnapshot ? '' : ` (${mode})`;
  const reach = connected ? [] : [[span(`${kind} IS UNREACHABLE`, 'bad')]];
  return [[span(known + how, fromSnapshot ? 'warn' : 'plain')], age(ageSeconds), ...reach];
}

function age(seconds: number | null): Line {
  if (seconds === null) return [span('not read yet', 'warn')];
  return seconds === 0 ? [span('current')] : [span(`may be ${clock(seconds)} old`, 'warn')];
}

function sessions({ sessions: { relaying, connecting, waiting, hello, limit } }: Overview): Line[] {
  const all = relaying + connecting + waiting + hello;
  const isFull = limit !== null && all >= limit;
  const most = limit === null ? '' : ` of ${count(limit)}`;
  return [
    fact('sessions', count(all) + most, isFull ? 'bad' : 'bold'),
    fact('relaying', count(relaying)),
    fact('connecting', count(connecting)),
    fact('waiting', count(waiting), waiting > 0 ? 'warn' : 'bold'),
    fact('hello', count(hello)),
  ];
}

function rates({ rates: per }: Overview): Line[] {
  return [
    fact('new/s', rate(per.sessions)),
    fact('failed/s', rate(per.failures), per.failures > 0 ? 'bad' : 'bold'),
    fact('retries/s', rate(per.retries), per.retries > 0 ? 'warn' : 'bold'),
    fact('limited/s', rate(per.limited), per.limited > 0 ? 'warn' : 'bold'),
    fact('in B/s', bytes(per.bytesFromClient)),
    fact('out B/s', bytes(per.bytesFromBackend)),
  ];
}

function runtime({ connectMs: { p50, p99 }, runtime: facts }: Overview): Line[] {
  const { lagP99Ms, rssBytes, openDescriptors, maxDescriptors } = facts;
  const of = maxDescriptors === null ? '' : ` of ${count(maxDescriptors)}`;
  return [
    fact('connect ms p50', milliseconds(p50)),
    fact('p99', milliseconds(p99)),
    fact('lag ms p99', milliseconds(lagP99Ms)),
    fact('rss', bytes(rssBytes)),
    ...(openDescriptors === null ? [] : [fact('files', count(openDescriptors) + of)]),
  ];
}

function words({ problems, notes }: Overview): Line[] {
  return [
    ...problems.map((text) => [span(`! ${printable(text)}`, 'bad')]),
    // The engine stands above already.
    ...notes
      .filter((text) => !text.startsWith('engine '))
      .map((text) => [span(`- ${printable(text)}`)]),
  ];
}

function fact(label: string, value: string, style: Style = 'bold'): Line {
  return [span(`${label} `), span(value, style)];
}
