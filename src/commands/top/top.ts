import type { Overview } from '../../control/report/overview/overview.ts';
import type { CommandInput } from '../command.ts';
import { askEdge, type Edge } from '../tools/ask-edge.ts';
import { complaint, isOn } from '../tools/flags.ts';
import { jsonLine, print } from '../tools/output.ts';
import { readSettings } from '../tools/settings.ts';
import { terminalWidth } from '../tools/table.ts';
import { showLive } from './live.ts';
import { snapshotText } from './snapshot.ts';

/** Show what a running edge does, live on a terminal or once. Resolves with the exit code. */
export async function top(input: CommandInput): Promise<number> {
  const { config, edges } = await readSettings(input);
  if (edges.length > 1) throw complaint('admin', 'is given more than once: one edge is shown');
  const edge = { address: edges[0]!, token: config.adminToken ?? null };
  const isOnce = isOn(input, 'once') || isOn(input, 'json');
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  return isOnce || !isTerminal ? showOnce(edge, isOn(input, 'json')) : showLive(edge);
}

async function showOnce(edge: Edge, json: boolean): Promise<number> {
  const overview = await askEdge<Overview>(edge, 'overview', new URLSearchParams());
  print(json ? jsonLine(overview) : snapshotText(overview, terminalWidth()));
  return 0;
}
