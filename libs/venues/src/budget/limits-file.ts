import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MAX_FAIR_WEIGHT, PRIORITIES, type CallCost, type LimitDefinition } from '#domain';
import type { SharingSettings } from './sharing-settings.js';
import type { VenueLimits } from './venue-limits.js';

/** Environment of every service that spends or shows rate limits. */
export const limitsConfig = {
  /**
   * JSON file whose definitions and costs replace or add to those that come with the program, and that says how accounts
   * and strategies share them; default none.
   */
  LIMITS_FILE: z.string().min(1).optional(),
};

export interface LimitsConfig {
  readonly LIMITS_FILE?: string | undefined;
}

/** Start-up stops here: each problem names where it is, what was found and what it must be. */
export class LimitsFileError extends Error {
  override readonly name = 'LimitsFileError';
  readonly code = 'LIMITS_FILE_INVALID';

  constructor(
    readonly file: string,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`Invalid limits in ${file}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, options);
  }
}

const count = z.int().min(1);
const amount = z.number().positive();
const name = z.string().regex(/^[\w.-]{1,64}$/);
const sec = z.number().positive().max(31_536_000);
const windowed = { limit: count, windowMs: z.int().min(100).max(31_536_000_000) };
const fixed = { ...windowed, fillCredit: z.int().min(0).optional() };
const bucket = { rate: amount, burst: amount };
const counter = { max: amount, decay: amount, resumeBelow: z.number().min(0).optional() };

const PARAMS = {
  fixed_window: z.strictObject(fixed),
  rolling_window: z.strictObject(windowed),
  token_bucket: z.strictObject(bucket),
  decaying_counter: z.strictObject(counter),
  credits: z.strictObject({ pool: amount, refill: amount }),
  lifetime_budget: z.strictObject({ base: count, dripMs: z.int().min(0) }),
  per_block: z.strictObject({ cap: count, blocks: count, blockMs: count }),
  ban: z.strictObject({}),
} as const;
const KINDS = [...Object.keys(PARAMS), 'batch_pool'];
const POOL_BASES = KINDS.slice(0, 4);
const batchPool = z.discriminatedUnion('base', [
  z.strictObject({ base: z.literal('fixed_window'), ...fixed }),
  z.strictObject({ base: z.literal('rolling_window'), ...windowed }),
  z.strictObject({ base: z.literal('token_bucket'), ...bucket }),
  z.strictObject({ base: z.literal('decaying_counter'), ...counter }),
]);

const breach = z
  .strictObject({
    status: z.int().min(400).max(599).optional(),
    code: z.string().min(1).optional(),
    then: z.enum(['retry_after', 'wait_window', 'ban_sec', 'session_kill']),
    sec: sec.optional(),
  })
  .refine(({ status, code }) => status !== undefined || code !== undefined, { error: 'must have a status or a code' })
  .refine(({ then, sec: given }) => then !== 'ban_sec' || given !== undefined, {
    error: 'must have sec where then is ban_sec',
  });
const ceiling = z.int().min(1).max(1_000);

const common = {
  id: name,
  venue: name,
  source: z.string().optional(),
  bookedAhead: z.literal(true).optional(),
  ordersOnly: z.literal(true).optional(),
  scope: z.array(z.enum(['ip', 'account', 'key', 'session', 'symbol', 'pair', 'address'])).min(1),
  read: z
    .array(
      z.strictObject({
        from: z.enum(['header', 'body', 'call']),
        name: z.string().min(1),
        means: z.enum(['used', 'left', 'limit', 'resetAt', 'height']),
        call: z.string().min(1).optional(),
      }),
    )
    .optional(),
  confirm: z
    .strictObject({ call: z.string().min(1), select: z.string().min(1), everySec: z.int().min(10).max(86_400) })
    .optional(),
  ceilings: z.strictObject(Object.fromEntries(PRIORITIES.map((p) => [p, ceiling.optional()]))).optional(),
  breach: z.array(breach),
};

const definition = z.discriminatedUnion('kind', [
  ...(Object.keys(PARAMS) as (keyof typeof PARAMS)[]).map((kind) =>
    z.strictObject({
      ...common,
      kind: z.literal(kind),
      params: PARAMS[kind],
      tier: z.record(name, PARAMS[kind].partial()).optional(),
    }),
  ),
  z.strictObject({ ...common, kind: z.literal('batch_pool'), params: batchPool }),
] as unknown as [z.core.$ZodTypeDiscriminable]);

const cost = z.union([
  z.number().min(0),
  z.strictObject({
    byParam: z.string().min(1),
    fallback: z.number(),
    steps: z.array(z.tuple([z.number(), z.number().min(0)])).min(1),
  }),
  z.strictObject({ perOrder: amount, plus: z.number().min(0).optional() }),
  z.strictObject({ byAge: z.array(z.tuple([amount, z.number().min(0)])).min(1), plus: z.number().min(0) }),
  z.strictObject({ expr: z.literal('floor_n'), div: amount, plus: z.number().min(0) }),
]);
const callCost = z.strictObject({
  limit: name,
  cost,
  onSuccess: cost.optional(),
  onFailure: cost.optional(),
});

const directShare = z.number().positive().max(1);
const shareSetting = z.strictObject({
  weight: z.int().min(1).max(MAX_FAIR_WEIGHT).optional(),
  directShare: directShare.optional(),
});
const accountId = z
  .string()
  .refine((text) => z.uuid().safeParse(text).success, { error: 'must be the id of an account' });
const sharing = z.strictObject({
  directShare: directShare.optional(),
  accounts: z.record(accountId, shareSetting).default({}),
  strategies: z.record(z.string().min(1), shareSetting).default({}),
});

/** The shape of `LIMITS_FILE`: that of the shipped tables. Ceilings are in thousandths of the limit. */
export const limitsFileSchema = z.strictObject({
  limits: z.array(definition).default([]),
  costs: z.record(z.string().regex(/^\S+ \S/), z.array(callCost).min(1)).default({}),
  tiers: z.record(name, name).default({}),
  sharing: sharing.optional(),
});

export interface LimitsFile {
  readonly limits: readonly LimitDefinition[];
  /** By call, written as in the shipped tables. */
  readonly costs: Readonly<Record<string, readonly CallCost[]>>;
  /** By venue: the tier that its accounts have where the venue does not tell. */
  readonly tiers: Readonly<Record<string, string>>;
  /** At every venue. */
  readonly sharing?: SharingSettings;
}

/** @throws LimitsFileError with all problems at once when the file cannot be read, or is not of the shape */
export function readLimitsFile(path: string): LimitsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LimitsFileError(path, [`file: must be readable, was not: ${(error as Error).message}`], { cause: error });
  }
  return parseLimitsFile(text, path);
}

/** As {@link readLimitsFile}, from its text. */
export function parseLimitsFile(text: string, path: string): LimitsFile {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new LimitsFileError(path, [`file: must be JSON, was not: ${(error as Error).message}`], { cause: error });
  }
  const parsed = limitsFileSchema.safeParse(input);
  if (!parsed.success) {
    throw new LimitsFileError(
      path,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, input, [])),
    );
  }
  return parsed.data as unknown as LimitsFile;
}

/**
 * The tables with the file's definitions in place of, or beside, their own. A definition belongs to the venue it
 * names; the costs of a call replace those of every venue that has all the limits they name.
 * @throws LimitsFileError with all problems at once: a venue, limit or tier that nobody has
 */
export function withLimitsFile(
  tables: ReadonlyMap<string, VenueLimits>,
  file: LimitsFile,
  path: string,
): ReadonlyMap<string, VenueLimits> {
  const problems: string[] = [];
  const venues = [...tables.keys()].sort();
  const seen = new Set<string>();
  for (const [i, { venue, id }] of file.limits.entries()) {
    if (!tables.has(venue)) problems.push(`limits[${i}].venue: must be one of ${venues.join(', ')}, was "${venue}"`);
    if (seen.has(`${venue} ${id}`)) problems.push(`limits[${i}].id: must be there once per venue, was "${id}" again`);
    seen.add(`${venue} ${id}`);
  }
  const merged = new Map(
    [...tables].map(([venue, limits]) => {
      const own = file.limits.filter((definition) => definition.venue === venue);
      const kept = limits.definitions.filter(({ id }) => !own.some((other) => other.id === id));
      const shared = file.sharing === undefined ? {} : { sharing: file.sharing };
      return [venue, { ...limits, ...shared, definitions: [...kept, ...own] }] as const;
    }),
  );
  for (const [call, costs] of Object.entries(file.costs)) {
    const takers = [...merged.values()].filter(({ definitions }) =>
      costs.every(({ limit }) => definitions.some(({ id }) => id === limit)),
    );
    if (takers.length === 0) {
      const named = costs.map(({ limit }) => `"${limit}"`).join(', ');
      problems.push(`costs["${call}"]: must name limits that one venue has, was ${named}`);
    }
    for (const taker of takers) merged.set(taker.venue, { ...taker, costs: { ...taker.costs, [call]: costs } });
  }
  for (const [venue, tier] of Object.entries(file.tiers)) {
    const limits = merged.get(venue);
    const known = [...new Set((limits?.definitions ?? []).flatMap((d) => Object.keys(d.tier ?? {})))].sort();
    if (limits === undefined) problems.push(`tiers.${venue}: must be one of ${venues.join(', ')}, was "${venue}"`);
    else if (!known.includes(tier)) {
      problems.push(
        `tiers.${venue}: must be ${known.length > 0 ? `one of ${known.join(', ')}` : 'left out'}, was "${tier}"`,
      );
    } else merged.set(venue, { ...limits, tier });
  }
  if (problems.length > 0) throw new LimitsFileError(path, problems);
  return merged;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** One sentence per problem; of a union, those of the variant that fits best. */
function problemsOf(issue: Issue, input: unknown, above: Path): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = issue.errors.map((errors) => errors.flatMap((error) => problemsOf(error, input, path)));
    const plain = inner.every((problems) => problems.length === 1 && problems[0]?.startsWith(`${label(path)}:`));
    if (!plain) return inner.reduce((best, problems) => (deepest(problems) > deepest(best) ? problems : best));
    return [`${label(path)}: must be a cost, was ${shown(valueAt(input, path))}`];
  }
  const badKey = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  if (badKey !== undefined) return [`${label(path)}: ${expectation(badKey)}, was ${shown(path.at(-1))}`];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${label([...path, key])}: must not be there, was ${shown(valueAt(input, [...path, key]))}`,
    );
  }
  return [`${label(path)}: ${expectation(issue)}, was ${shown(valueAt(input, path))}`];
}

function deepest(problems: readonly string[]): number {
  return Math.max(...problems.map((problem) => problem.indexOf(':')));
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : `must be of type ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'array'
        ? `must have at least ${String(issue.minimum)}`
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${String(issue.minimum)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return `must be one of ${(issue.discriminator === 'base' ? POOL_BASES : KINDS).join(', ')}`;
    case 'invalid_format':
      return `must match ${issue.pattern ?? issue.format}`;
    case 'custom':
      return issue.message;
    default:
      return `must fit: ${issue.message}`;
  }
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function label(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'file';
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 120);
}
