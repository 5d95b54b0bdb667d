import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

const decimal = z.string().regex(/^\d{1,20}(\.\d{1,8})?$/, 'must be a plain decimal with at most 8 decimals');
const key = z.string().regex(/^[A-Za-z0-9]{16,128}$/, 'must be 16 to 128 letters and digits');
const side = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(['BUY', 'SELL']));
const level = z.tuple([decimal, decimal]);
const flags = z.strictObject({
  ipRestrict: z.boolean().optional(),
  enableReading: z.boolean().optional(),
  enableSpotAndMarginTrading: z.boolean().optional(),
  enableFutures: z.boolean().optional(),
  enableWithdrawals: z.boolean().optional(),
});

const account = z.strictObject({
  name: z.string().min(1).max(64),
  balances: z.record(z.string().regex(/^[A-Z0-9]{1,12}$/), decimal).default({}),
  permissions: z.array(z.string()).default(['SPOT']),
  /** Of the USD-M wallet, which holds USDT alone. */
  usdmBalances: z.strictObject({ USDT: decimal.optional() }).default({}),
  /** ED25519: `apiSecret` is the public key in PEM. */
  keyType: z.enum(['HMAC', 'ED25519'], { error: 'must be HMAC or ED25519' }).default('HMAC'),
  apiKey: key.optional(),
  apiSecret: z.string().min(8).max(1_024).optional(),
  restrictions: flags.default({}),
});
export const newAccountBody = account.refine(({ keyType, apiSecret }) => keyType === 'HMAC' || isEd25519(apiSecret), {
  path: ['apiSecret'],
  error: 'must be an Ed25519 public key in PEM when keyType is ED25519',
});
export const depositBody = z.strictObject({
  product: z.enum(['spot', 'usdm'], { error: 'must be spot or usdm' }).default('spot'),
  asset: z.string().regex(/^[A-Z0-9]{1,12}$/),
  amount: decimal,
});
export const restrictionsBody = flags;
export const bookBody = z.strictObject({ bids: z.array(level), asks: z.array(level) });
export const tradeBody = z.strictObject({ price: decimal, qty: decimal, side });
export const pathBody = z
  .array(
    z.strictObject({
      atMs: z.number().int().min(0).max(86_400_000),
      bid: decimal,
      ask: decimal,
      bidQty: decimal.default('10'),
      askQty: decimal.default('10'),
    }),
  )
  .min(1);
export const sourceBody = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('scripted') }),
  z.strictObject({
    source: z.literal('synthetic'),
    time: z.enum(['real', 'manual']).default('real'),
    seed: z.number().int().min(0).max(4_294_967_295).optional(),
  }),
  z.strictObject({
    source: z.literal('replay'),
    file: z.string().min(1).optional(),
    speed: z.number().min(0.1).max(1_000).optional(),
    end: z.enum(['hold', 'loop', 'stop']).optional(),
    queue: z.enum(['prorata', 'back']).optional(),
    time: z.enum(['real', 'manual']).optional(),
    start: z.enum(['at_once', 'when_asked']).optional(),
  }),
]);
export const advanceBody = z.strictObject({ steps: z.number().int().min(1).max(10_000_000) });
const limit = z.number().int().min(1);
/** null: not counted. */
const limitOrNone = limit.nullable();
export const limitsBody = z.strictObject({
  weightPerMinute: limit.optional(),
  rawPer5Minutes: limitOrNone.optional(),
  ordersPer10Seconds: limit.optional(),
  ordersPerMinute: limitOrNone.optional(),
  ordersPerDay: limitOrNone.optional(),
  connectionsPer5Minutes: limit.optional(),
});
export const stateBody = z.strictObject({ records: z.array(z.looseObject({ k: z.string() })) });

function isEd25519(pem: string | undefined): boolean {
  try {
    return createPublicKey(pem ?? '').asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
