import { decimalOrNull, decimalText, list, ref, time, timeOrNull, type Schema } from './schema-parts.js';

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer' };
const id: Schema = { type: 'string', format: 'uuid' };
const idOrNull: Schema = { type: ['string', 'null'], format: 'uuid' };
const textOrNull: Schema = { type: ['string', 'null'] };
const numberOrNull: Schema = { type: ['number', 'null'] };

/** What both views of an order have, of one type. */
const COMMON: Readonly<Record<string, Schema>> = {
  id,
  custom_order_id: text,
  parent_order_id: idOrNull,
  notes: text,
  pair: text,
  side: { enum: ['buy', 'sell'] },
  exchanges: list(text),
  buy_token: text,
  buy_token_amount: decimalText,
  sell_token: text,
  sell_token_amount: decimalText,
  executed_buy_qty: decimalText,
  average_executed_price: decimalOrNull,
  target_order_qty: decimalText,
  target_remaining_qty: decimalText,
  target_token: text,
  target_executed_qty: decimalText,
  pct_filled: decimalText,
  total_fee: decimalText,
  super_strategy: text,
  duration: { type: ['integer', 'null'], description: 'seconds' },
  status: { enum: ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER', 'COMPLETE', 'CANCELED'] },
  active: flag,
  account_names: list(text),
  market_type: { enum: ['spot', 'perp', 'future', 'option'] },
  engine_passiveness: decimalText,
  schedule_discretion: decimalText,
  alpha_tilt: decimalText,
  pov_limit: decimalOrNull,
  pov_target: decimalOrNull,
  strategy_params: { type: 'object' },
  order_condition: textOrNull,
  failure_reason: text,
  completion_reason: textOrNull,
  live_child_orders: count,
  created_at: time,
  updated_at: time,
  time_start: timeOrNull,
  time_end: timeOrNull,
};

/** An order in lists, in groups and on the stream of updates (order-api.md 4.3). */
export const ROW: Readonly<Record<string, Schema>> = {
  ...COMMON,
  strategy: { ...text, description: 'name' },
  executed_qty: decimalText,
  executed_notional: decimalText,
  limit_price: decimalOrNull,
};

/** An order as create, get and changes answer with it (order-api.md 4.1). */
export const DETAIL: Readonly<Record<string, Schema>> = {
  ...COMMON,
  parent_order: idOrNull,
  strategy: { ...id, description: 'its UUID; the name is strategy_name' },
  strategy_name: text,
  limit_price: { ...decimalText, description: '-1 means none' },
  is_reverse_limit_price: flag,
  stop_price: { ...decimalText, description: '-1 means none' },
  start_datetime: time,
  accounts: list(id),
  pos_side: textOrNull,
  user: text,
  time_zone: text,
  placements: list(ref('Placement')),
  executed_qty: { type: 'number' },
  executed_price: numberOrNull,
  executed_notional: { type: 'number' },
  max_otc: decimalOrNull,
  order_condition_postfix: textOrNull,
  order_condition_vars: { type: 'object', additionalProperties: decimalText },
  order_condition_expiry: timeOrNull,
  updated_leverage: { type: ['integer', 'null'] },
  warnings: list(text),
};

/** What the second view has besides while it is so. */
export const DETAIL_SOMETIMES: Readonly<Record<string, Schema>> = {
  amend_pending: { ...decimalText, description: 'a lower quantity that waits for cancels' },
};

/** What an order cost so far (order-api.md 4.2). */
export const STATS: Readonly<Record<string, Schema>> = {
  arrival_price: decimalOrNull,
  slippage_bps: decimalOrNull,
  vwap: decimalOrNull,
  vwap_slippage_bps: decimalOrNull,
  fee_bps: decimalOrNull,
  participation_rate: decimalOrNull,
  market_volume: decimalOrNull,
};
