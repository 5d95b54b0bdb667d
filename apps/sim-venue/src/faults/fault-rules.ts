import { z } from 'zod';

const ms = z.number().min(0).max(600_000);
const lengthShape = { ms: ms.optional(), minMs: ms.optional(), maxMs: ms.optional() };
type Length = { ms?: number | undefined; minMs?: number | undefined; maxMs?: number | undefined };
const isLength = ({ ms: fixed, minMs, maxMs }: Length): boolean =>
  fixed !== undefined
    ? minMs === undefined && maxMs === undefined
    : minMs !== undefined && maxMs !== undefined && minMs <= maxMs;
const LENGTH = 'must have ms, or minMs and maxMs with minMs <= maxMs';

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

const common = {
  match: match.default({}),
  /** How often it may fire; absent: without limit. */
  times: z.number().int().min(1).optional(),
  /** Venue time at which it ends. */
  untilMs: z.number().int().optional(),
};

/** What `POST /control/faults` accepts. */
export const faultRule = z.discriminatedUnion('fault', [
  z.strictObject({
    ...common,
    fault: z.literal('latency'),
    /** `before` anything is looked at, in the `queue` between the two time checks, or `after` matching. */
    args: z
      .strictObject({ ...lengthShape, when: z.enum(['before', 'queue', 'after']).default('before') })
      .refine(isLength, LENGTH),
  }),
  z.strictObject({ ...common, fault: z.literal('delay'), args: z.strictObject(lengthShape).refine(isLength, LENGTH) }),
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
      ),
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
    args: z.strictObject({ status: z.union([z.literal(429), z.literal(418)]), retryAfter: z.number().int().min(1) }),
  }),
  z.strictObject({
    ...common,
    fault: z.literal('stream'),
    /** `cut` closes the connection at the next message, `drop` loses the message, `silence` loses all while it lasts. */
    args: z.strictObject({ how: z.enum(['cut', 'drop', 'silence']) }),
  }),
]);

export type FaultRule = z.output<typeof faultRule>;
export type FaultOf<Kind extends FaultRule['fault']> = Extract<FaultRule, { fault: Kind }>;
