import { ConfigError } from '../../config/config-error.ts';
import { explain as explainRoute } from '../../control/report/explain/explain.ts';
import type { Explanation } from '../../control/report/explain/explanation.ts';
import {
  readQuestion,
  type AskedQuestion,
  type Question,
} from '../../control/report/explain/question.ts';
import { redisFacts } from '../../control/report/redis-facts.ts';
import type { CommandInput } from '../command.ts';
import { askEdge } from './ask-edge.ts';
import { isOn, textOf, textsOf } from './flags.ts';
import { jsonLine, print } from './output.ts';
import { withRedis } from './redis.ts';
import { showExplanation } from './show-explanation.ts';
import { asksRedis, guardOf, readSettings } from './settings.ts';

/** Print where a client would go. Resolves with the exit code: 1 where no backend would be dialled. */
export async function explain(input: CommandInput): Promise<number> {
  const asked: AskedQuestion = {
    host: input.words[0]!,
    protocol: textOf(input, 'protocol') ?? 'tls',
    alpn: textsOf(input, 'alpn'),
    from: textOf(input, 'from'),
  };
  const question = readQuestion(asked);
  if ('reason' in question) throw complain(asked, question.part, question.reason);
  const explanation = await explanationOf(input, question);
  const isJson = isOn(input, 'json');
  print(isJson ? jsonLine(explanation) : showExplanation(explanation));
  const { termination } = explanation.choice;
  return termination === null || termination === 'redirected' ? 0 : 1;
}

async function explanationOf(input: CommandInput, question: Question): Promise<Explanation> {
  const { config, edges } = await readSettings(input);
  if (asksRedis(input)) {
    const refusal = guardOf(config);
    return withRedis(config, async (redis) =>
      explainRoute(question, await redisFacts({ ...redis, refusal }, question)),
    );
  }
  const { name, protocol, alpn, from } = question;
  const query = new URLSearchParams({ host: name ?? '', protocol });
  for (const each of alpn) query.append('alpn', each);
  if (from !== null) query.set('from', from);
  return askEdge({ address: edges[0]!, token: config.adminToken ?? null }, 'explain', query);
}

function complain(asked: AskedQuestion, part: keyof AskedQuestion, reason: string): ConfigError {
  const path = part === 'host' ? 'HOST' : `--${part}`;
  return new ConfigError([
    { path, reason: `${JSON.stringify([asked[part]].flat().join(' '))} ${reason}` },
  ]);
}
