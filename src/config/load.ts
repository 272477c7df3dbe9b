import { ConfigError, type Complaint } from './config-error.ts';
import { OPTION_ROWS, OPTIONS, type Config, type OptionKey } from './options.ts';
import { readDefault, readOption, type OptionReading } from './read-option.ts';
import { redisFileComplaints } from './redis/rules.ts';
import { applyRules, type PathOf } from './rules.ts';
import { flagsSource, type Flags } from './sources/flags.ts';
import type { Source } from './sources/given.ts';
import { variablesSource, type Variables } from './sources/variables.ts';

/** Everything an operator can say: the flags, as yargs parsed them, and the environment. */
export interface ConfigInput {
  readonly flags: Flags;
  readonly env: Variables;
}

/** What was understood, and everything that is wrong. Without complaints, `values` is a whole `Config`. */
export interface ExaminedConfig {
  readonly values: Partial<Config>;
  readonly complaints: readonly Complaint[];
  readonly warnings: readonly string[];
}

/** The configuration, or a `ConfigError` with every complaint. */
export async function loadConfig(
  input: ConfigInput,
): Promise<{ config: Config; warnings: readonly string[] }> {
  const { values, complaints, warnings } = await examineConfig(input);
  if (complaints.length > 0) throw new ConfigError(complaints);
  return { config: values as Config, warnings };
}

/** Validate the flags, the variables and the file, all of each, and let the first that speaks win. */
export async function examineConfig({ flags, env }: ConfigInput): Promise<ExaminedConfig> {
  const sources = [flagsSource(flags), variablesSource(env)];
  sources.push(...(await readConfigFile(sources)));
  const { winners, complaints } = readAll(sources);
  const values: Partial<Record<OptionKey, unknown>> = {};
  for (const [key, option] of OPTION_ROWS) {
    const reading = winners.get(key) ?? readDefault(option);
    if (!winners.has(key)) complaints.push(...reading.complaints);
    if (reading.value !== undefined) values[key] = reading.value;
  }
  // Each value came from its own option's parser.
  const pathOf: PathOf = (key) => winners.get(key)?.path;
  const settled = applyRules(values as Partial<Config>, pathOf);
  const unusable = await redisFileComplaints(settled.values, pathOf);
  return {
    values: settled.values,
    complaints: [...complaints, ...settled.complaints, ...unusable],
    warnings: sources.flatMap((source) => source.warnings),
  };
}

function readAll(sources: readonly Source[]) {
  const winners = new Map<OptionKey, OptionReading & { readonly path: string }>();
  const complaints: Complaint[] = [];
  for (const source of sources) {
    complaints.push(...source.complaints);
    for (const [key, given] of source.given) {
      const reading = readOption(OPTIONS[key], given);
      complaints.push(...reading.complaints);
      if (!winners.has(key)) winners.set(key, { ...reading, path: given.path });
    }
  }
  return { winners, complaints };
}

async function readConfigFile(sources: readonly Source[]): Promise<Source[]> {
  const given = sources.map((source) => source.given.get('configFile')).find(Boolean);
  const file = given === undefined ? undefined : readOption(OPTIONS.configFile, given).value;
  if (given === undefined || typeof file !== 'string') return [];
  // The YAML parser is loaded only when there is something to parse.
  const { fileSource } = await import('./sources/file.ts');
  return [await fileSource(file, given.path)];
}
