import { ROWS, type Panel, type Row } from './panels.ts';

/** The dashboard as Grafana imports it: `scripts/deploy/grafana/write.ts` puts it in `sluice.json`. */
export function dashboard(): object {
  return {
    uid: 'sluice',
    title: 'sluice',
    description: 'The edges of a PaaS: is it healthy, what is busy, what is failing.',
    tags: ['sluice'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [SOURCE, variable('job', ''), variable('instance', '{job=~"$job"}')] },
    panels: layOut(ROWS),
  };
}

const SOURCE = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  current: {},
  hide: 0,
};
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

function variable(name: string, labels: string): object {
  const query = `label_values(sluice_build_info${labels}, ${name})`;
  return {
    name,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    sort: 1,
  };
}

/** Grafana's grid is 24 wide. */
const GRID = 24;
const PANEL_HEIGHT = { stat: 4, timeseries: 8, table: 8 } as const;
const MOST_IN_A_LINE = 3;

function layOut(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: GRID, h: 1 },
    });
    y += 1;
    for (const line of linesOf(own)) {
      const w = Math.floor(GRID / line.length);
      const h = Math.max(...line.map(({ kind }) => PANEL_HEIGHT[kind]));
      for (const [i, panel] of line.entries())
        panels.push(drawn(panel, panels.length + 1, { x: i * w, y, w, h }));
      y += h;
    }
  }
  return panels;
}

function linesOf(panels: readonly Panel[]): Panel[][] {
  if (panels.every(({ kind }) => kind === 'stat')) return [[...panels]];
  const lines = Math.ceil(panels.length / MOST_IN_A_LINE);
  const length = Math.ceil(panels.length / lines);
  return Array.from({ length: lines }, (_, i) => panels.slice(i * length, (i + 1) * length));
}

function drawn(panel: Panel, id: number, gridPos: object): object {
  const { title, help, kind, unit, queries } = panel;
  return {
    id,
    type: kind,
    title,
    description: help,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCodePoint('A'.codePointAt(0)! + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
