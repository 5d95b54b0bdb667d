const words = (text: string): string[] => text.trim().split(/\s+/);

/** Keys of Detail in the order of order-api.md 4.1. */
export const DETAIL_KEYS = words(`
  id parent_order parent_order_id created_at updated_at buy_token sell_token pair side buy_token_amount sell_token_amount
  strategy strategy_name super_strategy strategy_params limit_price is_reverse_limit_price stop_price time_start
  start_datetime time_end duration accounts account_names exchanges market_type pos_side user time_zone placements
  executed_qty executed_price executed_notional executed_buy_qty average_executed_price target_token target_order_qty
  target_executed_qty target_remaining_qty pct_filled total_fee active status failure_reason completion_reason
  live_child_orders engine_passiveness schedule_discretion alpha_tilt pov_limit pov_target max_otc order_condition
  order_condition_postfix order_condition_vars order_condition_expiry notes custom_order_id updated_leverage warnings`);

/** What get adds, order-api.md 4.2. */
export const FULL_KEYS = [...DETAIL_KEYS, 'fills', 'placements_truncated', 'stats', 'messages'];

/** Keys of Row in the order of order-api.md 4.3. */
export const ROW_KEYS = words(`
  id custom_order_id parent_order_id notes pair side exchanges buy_token buy_token_amount sell_token sell_token_amount
  executed_qty executed_buy_qty average_executed_price executed_notional target_order_qty target_remaining_qty
  target_token target_executed_qty pct_filled total_fee strategy super_strategy duration status active account_names
  market_type limit_price engine_passiveness schedule_discretion alpha_tilt pov_limit pov_target strategy_params
  order_condition failure_reason completion_reason live_child_orders created_at updated_at time_start time_end`);

/** Keys of a multi order that was just placed, order-api.md 4.6. */
export const CREATED_MULTI_KEYS = words(`
  id created_at updated_at time_start start_datetime duration child_order_ids strategy strategy_params engine_passiveness
  schedule_discretion exposure_tolerance user status time_zone failure_reason custom_order_id notes warnings`);

/** Keys of a multi order without its legs. */
export const MULTI_KEYS = [
  ...CREATED_MULTI_KEYS.filter((key) => key !== 'warnings'),
  ...words(`is_active alpha_tilt pov_limit limit_price_spread order_condition order_condition_postfix order_condition_vars
    order_condition_expiry notional_exposure executed_notional pct_filled spread_paused`),
];
