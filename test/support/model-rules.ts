import type { CallCost } from '../../libs/domain/src/rate-limit/cost.js';
import type { LimitDefinition, LimitKind } from '../../libs/domain/src/rate-limit/limit-definition.js';
import {
  ModelBlocks,
  ModelBucket,
  ModelCounter,
  ModelFixedWindow,
  ModelLifetime,
  ModelRollingWindow,
  type ModelLimit,
} from './model-limits.js';
import type { SeededRandom } from './seeded-random.js';

export type CountedKind = Exclude<LimitKind, 'ban'>;
export const COUNTED_KINDS: readonly CountedKind[] = [
  'fixed_window',
  'rolling_window',
  'token_bucket',
  'decaying_counter',
  'credits',
  'lifetime_budget',
  'per_block',
  'batch_pool',
];

/** One limit in a world: as the budget is told of it, and as the venue counts. */
export interface Rule {
  readonly definition: LimitDefinition;
  readonly model: ModelLimit;
  /** What the limit is about, in its own amount. */
  readonly limit: number;
  /** Whether answers tell the venue's count. */
  readonly isReadable: boolean;
  readonly cost: Omit<CallCost, 'limit'>;
  /** Ages matter: what an order costs to cancel. */
  readonly ages: readonly (readonly [number, number])[] | null;
  /** The emergency share: so much in any stretch of `shareMs`, which is in what time the limit comes back. */
  readonly share: number;
  readonly shareMs: number;
}

export const AGES = [
  [5, 8],
  [10, 6],
  [15, 5],
  [45, 4],
  [90, 2],
  [300, 1],
] as const;

const WHOLE = { cancel: 1_000, reduce: 1_000, place: 1_000, query: 1_000 };

/** A limit of that kind with figures that a few calls a second reach. */
export function ruleOf(kind: CountedKind, index: number, random: SeededRandom): Rule {
  const id = `${kind.replace('_', '-')}-${index}`;
  // Used up to the last call, by whoever asks: nothing is kept for emergencies, and probes pay nothing.
  const isFree = random.between(0, 2) > 0;
  const ceilings = isFree ? { ceilings: WHOLE } : {};
  const common = { id, venue: 'model', scope: ['account'] as const, breach: [], ...ceilings };
  const define = (params: object) => ({ ...common, kind, params }) as unknown as LimitDefinition;
  const cost = costOf(kind, random);
  const isReadable = random.between(0, 3) > 0;
  const rest = { isReadable, cost, ages: null };
  const shareOf = (limit: number, periodMs: number) => ({
    limit,
    share: isFree ? 0 : Math.floor(limit / 10),
    shareMs: Math.ceil(periodMs),
  });
  switch (kind) {
    case 'fixed_window': {
      const [limit, windowMs] = [random.between(10, 120), random.pick([1_000, 10_000, 60_000])];
      const model = new ModelFixedWindow(limit, windowMs);
      return { ...rest, definition: define({ limit, windowMs }), model, ...shareOf(limit, windowMs) };
    }
    case 'rolling_window':
    case 'batch_pool': {
      const [limit, windowMs] = [random.between(15, 120), random.pick([1_000, 2_000, 5_000, 60_000])];
      const model = new ModelRollingWindow(limit, windowMs);
      const params = kind === 'batch_pool' ? { base: 'rolling_window', limit, windowMs } : { limit, windowMs };
      return { ...rest, definition: define(params), model, ...shareOf(limit, windowMs) };
    }
    case 'token_bucket': {
      const burst = random.between(10, 60);
      const rate = perSecond(burst, random);
      const model = new ModelBucket(burst, rate);
      return { ...rest, definition: define({ burst, rate }), model, ...shareOf(burst, (burst / rate) * 1_000) };
    }
    case 'decaying_counter': {
      const max = random.between(20, 180);
      const decay = perSecond(max, random);
      const isAged = random.between(0, 1) === 1;
      const model = new ModelCounter(max, decay);
      const aged = isAged ? { cost: { cost: 1 }, ages: AGES } : {};
      return { ...rest, ...aged, definition: define({ max, decay }), model, ...shareOf(max, (max / decay) * 1_000) };
    }
    case 'credits': {
      const [pool, refill] = [random.between(8, 40) * 500, random.between(500, 5_000)];
      const model = new ModelBucket(pool, refill);
      const credits = { cost: { cost: random.pick([250, 500]) } };
      return {
        ...rest,
        ...credits,
        definition: define({ pool, refill }),
        model,
        ...shareOf(pool, (pool / refill) * 1_000),
      };
    }
    case 'lifetime_budget': {
      const [base, dripMs] = [random.between(40, 300), random.pick([0, 2_000, 10_000])];
      const model = new ModelLifetime(base, dripMs);
      // Only a reading makes it known, so that there always are some.
      return {
        ...rest,
        isReadable: true,
        definition: define({ base, dripMs }),
        model,
        limit: base,
        share: 0,
        shareMs: 20_000,
      };
    }
    case 'per_block': {
      const [cap, blocks, blockMs] = [random.between(10, 60), random.between(1, 5), random.pick([400, 1_000, 2_000])];
      const model = new ModelBlocks(cap, blocks, blockMs);
      // Every answer tells the block; how much was used in it, none.
      return {
        ...rest,
        isReadable: true,
        definition: define({ cap, blocks, blockMs }),
        model,
        limit: cap,
        share: 0,
        shareMs: blocks * blockMs,
      };
    }
  }
}

/** A limit that is told and may be used up to the last call, drawn on by one at a time. */
export function steadyRuleOf(kind: CountedKind, random: SeededRandom): Rule {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const rule = ruleOf(kind, 0, random);
    const cost = kind === 'credits' ? { cost: 500 } : { cost: 1 };
    if (rule.isReadable && rule.definition.ceilings && rule.shareMs >= 2_000) return { ...rule, cost, ages: null };
  }
  throw new RangeError(`No steady limit of kind ${kind} was found`);
}

/**
 * A limit as tight as can be: every call costs the same whatever comes of it, and two in three are never told. One in
 * three keeps a share for emergencies.
 */
export function pressedRuleOf(kind: CountedKind, random: SeededRandom): Rule {
  let rule = ruleOf(kind, 0, random);
  // Over soon, so that it is full many times in one world.
  while (rule.shareMs > 15_000 && kind !== 'lifetime_budget') rule = ruleOf(kind, 0, random);
  const amount = random.between(1, 3) * (kind === 'credits' ? 500 : 1);
  const cost = kind === 'batch_pool' ? rule.cost : { cost: amount };
  const isReadable = kind === 'lifetime_budget' || kind === 'per_block' || random.between(0, 2) === 0;
  return { ...rule, isReadable, ...(rule.ages ? {} : { cost }) };
}

/** Windows long enough for calls that are slow, and used up to the last call: one too many anywhere shows. */
export function skewedRuleOf(random: SeededRandom): Rule {
  for (;;) {
    const rule = pressedRuleOf('fixed_window', random);
    if (rule.shareMs === 10_000 && rule.definition.ceilings) return { ...rule, cost: { cost: 1 } };
  }
}

/** With three decimals; all of it comes back in 2 to 40 s. */
function perSecond(amount: number, random: SeededRandom): number {
  return Math.round((amount * 1_000) / random.between(2, 40)) / 1_000;
}

function costOf(kind: CountedKind, random: SeededRandom): Omit<CallCost, 'limit'> {
  if (kind === 'batch_pool') return { cost: { perOrder: 1 } };
  const cost = random.between(1, 4);
  switch (random.between(0, 3)) {
    case 0:
      return { cost, onSuccess: 0 };
    case 1:
      return { cost, onFailure: 0 };
    default:
      return { cost };
  }
}
