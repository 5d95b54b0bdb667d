import { z } from 'zod';

const ms = z.number().min(0).max(600_000);
const lengthShape = {
  ms: ms.optional(),
  minMs: ms.optional(),
  maxMs: ms.optional(),
  p50: ms.optional(),
  p99: ms.optional(),
};

/** A time in milliseconds: fixed, uniform between two bounds, or lognormal with the given median and 99th percentile. */
export interface Length {
  readonly ms?: number | undefined;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
}

const isLength = ({ ms: fixed, minMs, maxMs, p50, p99 }: Length): boolean => {
  const given = [fixed, minMs, maxMs, p50, p99].filter((value) => value !== undefined).length;
  if (fixed !== undefined) return given === 1;
  if (minMs !== undefined && maxMs !== undefined) return given === 2 && minMs <= maxMs;
  return p50 !== undefined && p99 !== undefined && given === 2 && p50 > 0 && p50 <= p99;
};
const LENGTH = 'must have ms, or minMs and maxMs with minMs <= maxMs, or p50 and p99 with 0 < p50 <= p99';
const length = z.strictObject(lengthShape).refine(isLength, LENGTH);

const match = z.strictObject({
  /** Absent: both. */
  product: z.enum(['spot', 'usdm'], { error: 'must be spot or usdm' }).optional(),
  /** `POST /api/v3/order`, a WebSocket API method such as `order.place`, or a stream name; `*` at the end matches the rest. */
  route: z.string().min(1).optional(),
  /** Name or number of the account. */
  account: z.union([z.string(), z.number()]).optional(),
  symbol: z.string().optional(),
  clientOrderId: z.string().optional(),
  /** Only the n-th match, counted from 1. */
  nth: z.number().int().min(1).optional(),
  /** Probability, drawn from the seeded generator. */
  p: z.number().min(0).max(1).optional(),
});
type MatchKey = keyof z.output<typeof match>;

const common = {
  match: match.default({}),
  /** How often it may fire; absent: without limit. */
  times: z.number().int().min(1).optional(),
  /** Venue time at which it ends, before any fault of the clock. */
  untilMs: z.number().int().optional(),
};

/** Faults of one request and its reply. */
const requestFaults = [
  z.strictObject({
    ...common,
    fault: z.literal('latency'),
    /** `before` anything is looked at, in the `queue` between the two time checks, or `after` matching. */
    args: z
      .strictObject({ ...lengthShape, when: z.enum(['before', 'queue', 'after']).default('before') })
      .refine(isLength, LENGTH),
  }),
  z.strictObject({ ...common, fault: z.literal('delay'), args: length }),
  z.strictObject({ ...common, fault: z.literal('drop_request'), args: z.strictObject({}).default({}) }),
  z.strictObject({
    ...common,
    fault: z.literal('drop_reply'),
    args: z.strictObject({ how: z.enum(['destroy', 'hold']).default('destroy') }).default({ how: 'destroy' }),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('status'),
    args: z
      .strictObject({
        status: z.union([z.literal(403), z.literal(500), z.literal(502), z.literal(503), z.literal(504)]),
        when: z.enum(['before', 'after']).default('before'),
        code: z.literal(-1008).optional(),
      })
      .refine(
        ({ status, when, code }) => when === 'before' || (status !== 403 && code === undefined),
        '403 and code -1008 happen before acceptance only',
      )
      .refine(({ status, code }) => code === undefined || status === 503, 'code -1008 comes with status 503'),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('timeout_code'),
    args: z.strictObject({
      code: z.union([z.literal(-1007), z.literal(-1006)]).default(-1007),
      ms: ms.default(0),
      accepted: z.boolean(),
    }),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('garble'),
    args: z.strictObject({ how: z.enum(['truncated', 'wrong_type', 'empty', 'no_order_id']) }),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('limit'),
    args: z.union([
      /** A refusal without a cause. */
      z.strictObject({ status: z.union([z.literal(429), z.literal(418)]), retryAfter: z.number().int().min(1) }),
      /** Weight that somebody else behind the same address uses every minute; `ip` absent: behind every address. */
      z.strictObject({ foreignWeight: z.number().int().min(1), ip: z.string().optional() }),
      /** Orders that somebody else places with the same account in every span. */
      z.strictObject({ foreignOrders: z.number().int().min(1) }),
    ]),
  }),
] as const;

const count = z.number().int().min(1).max(10_000);

const streamFault = z.strictObject({
  ...common,
  fault: z.literal('stream'),
  args: z.discriminatedUnion('how', [
    /** Closes the connection at the next message. */
    z.strictObject({ how: z.literal('cut') }),
    /** Loses this message and those after it, `count` in all. */
    z.strictObject({ how: z.literal('drop'), count: count.default(1) }),
    /** Loses all messages while it lasts. */
    z.strictObject({ how: z.literal('silence') }),
    z.strictObject({ how: z.literal('duplicate') }),
    /** The message goes out when `by` later ones of the stream have. */
    z.strictObject({ how: z.literal('swap'), by: count.default(1) }),
    z.strictObject({ how: z.literal('delay'), ...lengthShape }).refine(isLength, LENGTH),
    /** Loses `count` difference events of a book, so that `U` does not follow `u`. */
    z.strictObject({ how: z.literal('gap'), count: count.default(3) }),
    /** The key of a user stream is not valid any more; with `tell`, the client hears of it. */
    z.strictObject({ how: z.literal('stale_key'), tell: z.boolean().default(true) }),
    /** An order's first fill is told before the order itself; `ms` without a fill, the order is told anyway. */
    z.strictObject({ how: z.literal('fill_before_ack'), ms: ms.default(1_000) }),
    /** Bid and ask of a quote change places. */
    z.strictObject({ how: z.literal('crossed') }),
    /** Prices of a quote are wrong by `bps`. */
    z.strictObject({ how: z.literal('jump'), bps: z.number().int().min(-9_000).max(100_000).default(1_000) }),
  ]),
});

/** Habits and states of a venue: they last until they are removed or `untilMs` comes. */
const stateFaults = [
  z.strictObject({ ...common, fault: z.literal('read_lag'), args: length }),
  z.strictObject({
    ...common,
    fault: z.literal('maintenance'),
    args: z.discriminatedUnion('how', [
      /** Symbols are in BREAK: orders are refused, cancels are not. */
      z.strictObject({ how: z.literal('break') }),
      /** Happens once, at once: every WebSocket is cut, and open orders may be lost. */
      z.strictObject({ how: z.literal('restart'), openOrders: z.enum(['keep', 'lose']).default('keep') }),
    ]),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('clock'),
    args: z.discriminatedUnion('how', [
      z.strictObject({ how: z.literal('offset'), ms: z.number().int().min(-86_400_000).max(86_400_000) }),
      /** The clock steps by `ms` when the rule is `afterMs` old. */
      z.strictObject({
        how: z.literal('jump'),
        ms: z.number().int().min(-86_400_000).max(86_400_000),
        afterMs: ms.default(0),
      }),
      /** Parts per million that the clock is fast (or slow, below 0) from now on. */
      z.strictObject({ how: z.literal('drift'), ppm: z.number().min(-500_000).max(1_000_000) }),
    ]),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('id_rules'),
    args: z.strictObject({
      rule: z.enum(['open-only', 'permanent', 'returns-existing', 'none', 'forget-filled']),
    }),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('acceptance'),
    args: z.discriminatedUnion('how', [
      /** Acknowledged at once; lives, or is rejected on the stream, later. */
      z.strictObject({ how: z.literal('asynchronous'), ...lengthShape }).refine(isLength, LENGTH),
      /** Orders that ended without a fill are not found any more after `ms`. */
      z.strictObject({ how: z.literal('forgetful'), ms }),
      z.strictObject({ how: z.literal('silent_drop') }),
      /** The time window of a request is not looked at. */
      z.strictObject({ how: z.literal('no_expiry') }),
    ]),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('fill'),
    args: z.discriminatedUnion('how', [
      z.strictObject({ how: z.literal('delay'), ...lengthShape }).refine(isLength, LENGTH),
      /** The trade is taken back after `ms`. */
      z.strictObject({ how: z.literal('bust'), ms: ms.default(0) }),
      z.strictObject({ how: z.literal('overfill'), lots: count.default(1) }),
    ]),
  }),
] as const;

const anyRule = z.discriminatedUnion('fault', [...requestFaults, streamFault, ...stateFaults]);

/** What `POST /control/faults` accepts. */
export const faultRule = anyRule.superRefine((rule, context) => {
  const meaningful = MATCH_KEYS[familyOf(rule)];
  if (rule.times !== undefined && !meaningful.includes('nth'))
    context.addIssue({ code: 'custom', path: ['times'], message: `says nothing about fault ${rule.fault}` });
  for (const key of Object.keys(rule.match) as MatchKey[])
    if (!meaningful.includes(key))
      context.addIssue({
        code: 'custom',
        path: ['match', key],
        message: `says nothing about fault ${rule.fault}, which goes by ${meaningful.join(', ') || 'nothing'}`,
      });
});

export type FaultRule = z.output<typeof anyRule>;
export type FaultKind = FaultRule['fault'];
export type FaultOf<Kind extends FaultKind> = Extract<FaultRule, { fault: Kind }>;

/** Where in the venue a rule is asked for. */
export type Family =
  | 'request'
  | 'stream'
  | 'foreignWeight'
  | 'foreignOrders'
  | 'window'
  | 'lag'
  | 'halt'
  | 'restart'
  | 'clock'
  | 'id'
  | 'lookup'
  | 'acceptance'
  | 'fill';

const ORDER_KEYS: readonly MatchKey[] = ['product', 'account', 'symbol', 'clientOrderId', 'nth', 'p'];
const ALL_KEYS: readonly MatchKey[] = ['route', ...ORDER_KEYS];

/** What of a rule's `match` is compared, by family; anything else would match nothing, or everything. */
const MATCH_KEYS: Readonly<Record<Family, readonly MatchKey[]>> = {
  request: ALL_KEYS,
  stream: ALL_KEYS,
  window: ALL_KEYS,
  lag: ORDER_KEYS,
  id: ORDER_KEYS,
  lookup: ORDER_KEYS,
  acceptance: ORDER_KEYS,
  fill: ORDER_KEYS,
  foreignWeight: ['product'],
  foreignOrders: ['product', 'account'],
  halt: ['product', 'symbol'],
  restart: ['product'],
  clock: [],
};

export function familyOf(rule: FaultRule): Family {
  switch (rule.fault) {
    case 'stream':
    case 'clock':
    case 'fill':
      return rule.fault;
    case 'limit':
      if ('foreignWeight' in rule.args) return 'foreignWeight';
      return 'foreignOrders' in rule.args ? 'foreignOrders' : 'request';
    case 'read_lag':
      return 'lag';
    case 'maintenance':
      return rule.args.how === 'break' ? 'halt' : 'restart';
    case 'id_rules':
      return rule.args.rule === 'forget-filled' ? 'lookup' : 'id';
    case 'acceptance':
      if (rule.args.how === 'no_expiry') return 'window';
      return rule.args.how === 'forgetful' ? 'lookup' : 'acceptance';
    default:
      return 'request';
  }
}
