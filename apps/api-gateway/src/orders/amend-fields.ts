import { activeMs, decimal, ZERO, type Decimal, type EpochMs } from '#domain';
import {
  INTERVAL_MINUTES,
  ORDER_FIELDS,
  OrderReading,
  readEcho,
  readNumber,
  readRange,
  readTargetTime,
  strategyOf,
  toEpochMs,
  type JsonValue,
  type ParseContext,
} from '#order-intake';
import type { AmendableOrder } from '#persistence';

/** What `changes` of an amendment ask for, well-formed; what is absent stays as it is. */
export interface WantedChanges {
  /** In the target token, with the field that named it. */
  readonly quantity: { readonly field: string; readonly orderQty: Decimal } | null;
  readonly durationMs: number | null;
  readonly targetTime: EpochMs | null;
  /** The window as it was named, to be shown again. */
  readonly windowEcho: Readonly<Record<string, JsonValue>>;
  /** The draft of an order request, as far as it was read. */
  readonly draft: OrderReading['draft'];
  /** Keys as they came, in the order of the client. */
  readonly keys: readonly string[];
}

/** One pass over `changes`. */
interface Amending {
  readonly order: AmendableOrder;
  readonly reading: OrderReading;
  quantity: WantedChanges['quantity'];
  intervalMs: number | null;
  targetTime: EpochMs | null;
}

type Read = (amending: Amending, raw: JsonValue, key: string) => void;

interface AmendableField {
  readonly isFor: (order: AmendableOrder) => boolean;
  readonly read: Read;
}

const WINDOW: readonly string[] = ['target_time', 'interval_minutes'];
const MINUTE_MS = 60_000;
const isTrajectory = ({ algorithm }: AmendableOrder): boolean => strategyOf(algorithm).kind === 'trajectory';
const isTargetTime = ({ algorithm }: AmendableOrder): boolean => algorithm === 'target_time';

/** As a new order's field of the same name is read. */
const asInOrder: Read = ({ reading }, raw, key) => ORDER_FIELDS.find(({ name }) => name === key)?.read(reading, raw);

/** In the order of order-api.md 5.4. */
const FIELDS: Readonly<Record<string, AmendableField>> = {
  duration: { isFor: isTrajectory, read: readDuration },
  base_asset_qty: { isFor: ({ sizing }) => sizing === 'base', read: readQuantity },
  quote_asset_qty: { isFor: ({ sizing }) => sizing === 'quote', read: readQuantity },
  sell_token_amount: { isFor: ({ sizing, side }) => (sizing === 'base') === (side === 'sell'), read: readQuantity },
  limit_price: { isFor: () => true, read: asInOrder },
  pov_target: { isFor: ({ params }) => (params.povTarget ?? null) !== null, read: asInOrder },
  target_time: { isFor: isTargetTime, read: readTarget },
  interval_minutes: { isFor: isTargetTime, read: readInterval },
  pov_limit: { isFor: isTrajectory, read: asInOrder },
  engine_passiveness: { isFor: isTrajectory, read: asInOrder },
  schedule_discretion: { isFor: isTrajectory, read: asInOrder },
  notes: { isFor: () => true, read: asInOrder },
};

/** Keys that some order may have in `changes`. */
export const AMENDABLE: readonly string[] = Object.keys(FIELDS);

/**
 * Reads `changes` of an amendment (order-api.md 5.4) against the order as it is. Pure. All faults and warnings are in the
 * reading.
 */
export function readChanges(
  order: AmendableOrder,
  changes: Readonly<Record<string, JsonValue>>,
  context: ParseContext,
): { readonly reading: OrderReading; readonly wanted: WantedChanges } {
  const reading = new OrderReading(changes, context);
  const { algorithm, side, sizing } = order;
  reading.draft.chosen = { strategy: strategyOf(algorithm), superStrategy: readEcho(order.requestJson).super_strategy };
  Object.assign(reading.draft, { algorithm, side, sizing, limitPrice: order.limitPrice });
  const amending: Amending = { order, reading, quantity: null, intervalMs: null, targetTime: null };
  const known = Object.keys(FIELDS).filter((key) => Object.hasOwn(changes, key));
  for (const key of [...known, ...Object.keys(changes).filter((name) => !known.includes(name))]) {
    const raw = changes[key];
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (field?.isFor(order) !== true) reading.fail(key, `${key.slice(0, 80)} cannot be amended`);
    else if (raw !== undefined) field.read(amending, raw, key);
  }
  judgeTogether(amending);
  return {
    reading,
    wanted: {
      quantity: amending.quantity,
      durationMs: amending.intervalMs ?? reading.draft.durationMs ?? null,
      targetTime: amending.targetTime,
      windowEcho: Object.fromEntries(Object.entries(changes).filter(([key]) => WINDOW.includes(key))),
      draft: reading.draft,
      keys: Object.keys(changes),
    },
  };
}

/** What single fields cannot see: two sizes, a cap below the target, a reverse limit without a limit. */
function judgeTogether({ order, reading }: Amending): void {
  const { draft } = reading;
  const sizes = ['base_asset_qty', 'quote_asset_qty', 'sell_token_amount'].filter((name) => reading.has(name));
  const [, second] = sizes;
  if (second !== undefined) reading.fail(second, `only one of [${sizes.map((s) => `'${s}'`).join(', ')}] may be given`);
  const { povLimit, povTarget, isReverseLimit } = order.params;
  const limit = draft.povLimit?.toFixed() ?? povLimit ?? null;
  const target = draft.povTarget?.toFixed() ?? povTarget ?? null;
  const isCapped = reading.errors['pov_limit'] === undefined && limit !== null && target !== null;
  if (isCapped && decimal(limit).lt(target)) reading.fail('pov_limit', 'pov_limit must be at least pov_target');
  if (isReverseLimit === true && draft.limitPrice === null)
    reading.fail('limit_price', 'is_reverse_limit_price needs limit_price');
}

function readDuration(amending: Amending, raw: JsonValue): void {
  const { order, reading } = amending;
  asInOrder(amending, raw, 'duration');
  const given = reading.draft.durationMs ?? null;
  if (given === null || order.activatedAt === null || isTargetTime(order)) return;
  const elapsed = activeMs(order.activatedAt, toEpochMs(order.now), order.inactive);
  if (given <= elapsed)
    reading.fail(
      'duration',
      `duration must be more than the elapsed ${Math.ceil(elapsed / 1000)} s, was ${given / 1000}`,
    );
}

function readQuantity(amending: Amending, raw: JsonValue, key: string): void {
  const qty = readNumber(amending.reading, key, raw);
  if (qty === null) return;
  if (qty.lte(ZERO)) amending.reading.fail(key, `${key} must be greater than 0`);
  else amending.quantity = { field: key, orderQty: qty };
}

function readTarget(amending: Amending, raw: JsonValue): void {
  const at = readTargetTime(amending.reading, raw, 'target_time');
  if (at !== null) amending.targetTime = toEpochMs(at);
}

function readInterval(amending: Amending, raw: JsonValue): void {
  const minutes = readRange(amending.reading, 'interval_minutes', raw, INTERVAL_MINUTES);
  if (minutes !== null) amending.intervalMs = minutes * MINUTE_MS;
}
