/** What the order API answers (order-api.md 4), as far as the dashboard reads it. Money is text. */

export type OrderStatus = 'SCHEDULED' | 'ACTIVE' | 'PAUSED' | 'FINISHER' | 'COMPLETE' | 'CANCELED';
export type Side = 'buy' | 'sell';

/** Row: lists and live updates. */
export interface OrderRow {
  readonly id: string;
  readonly custom_order_id: string;
  readonly notes: string;
  readonly pair: string;
  readonly side: Side;
  readonly exchanges: readonly string[];
  readonly account_names: readonly string[];
  readonly buy_token: string;
  readonly sell_token: string;
  readonly executed_qty: string;
  readonly average_executed_price: string | null;
  readonly executed_notional: string;
  readonly target_token: string;
  readonly target_order_qty: string;
  readonly target_executed_qty: string;
  readonly target_remaining_qty: string;
  readonly pct_filled: string;
  readonly total_fee: string;
  readonly strategy: string;
  readonly limit_price: string | null;
  readonly duration: number | null;
  readonly status: OrderStatus;
  readonly active: boolean;
  readonly failure_reason: string;
  readonly completion_reason: string | null;
  readonly live_child_orders: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly time_start: string | null;
  readonly time_end: string | null;
}

export type FillRole = 'MAKE' | 'TAKE' | 'OTC' | 'CROSS';

export interface Fill {
  readonly id: string;
  readonly trade_id: string;
  readonly timestamp: string;
  readonly price: string;
  readonly qty: string;
  readonly notional: string;
  readonly fee: string;
  readonly fee_token: string;
  readonly role: FillRole;
}

/** A child order. */
export interface Placement {
  readonly id: string;
  readonly created_at: string;
  readonly closed_at: string | null;
  readonly account_name: string;
  readonly exchange: string;
  readonly time_in_force: string;
  readonly price: string;
  readonly qty: string;
  readonly executed_qty: string;
  readonly average_price: string | null;
  readonly status: string;
  readonly client_order_id: string;
  readonly exchange_order_id: string;
  readonly reject_reason: string;
  readonly fills: readonly Fill[];
}

export interface OrderMessage {
  readonly timestamp: string;
  readonly level: string;
  readonly type: string;
  readonly message: string;
}

/** Detail with history: the order page. The JSON numbers of this view are left alone: their text twins are exact. */
export interface FullOrder {
  readonly id: string;
  readonly custom_order_id: string;
  readonly notes: string;
  readonly pair: string;
  readonly side: Side;
  readonly account_names: readonly string[];
  readonly exchanges: readonly string[];
  readonly buy_token: string;
  readonly sell_token: string;
  readonly strategy_name: string;
  readonly strategy_params: Readonly<Record<string, unknown>>;
  readonly limit_price: string;
  readonly engine_passiveness: string;
  readonly schedule_discretion: string;
  readonly executed_buy_qty: string;
  readonly average_executed_price: string | null;
  readonly target_token: string;
  readonly target_order_qty: string;
  readonly target_executed_qty: string;
  readonly target_remaining_qty: string;
  readonly pct_filled: string;
  readonly total_fee: string;
  readonly active: boolean;
  readonly status: OrderStatus;
  readonly failure_reason: string;
  readonly completion_reason: string | null;
  readonly live_child_orders: number;
  readonly duration: number | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly time_start: string | null;
  readonly time_end: string | null;
  readonly warnings: readonly string[];
  readonly placements: readonly Placement[];
  readonly placements_truncated: boolean;
  readonly fills: readonly Fill[];
  readonly stats: {
    readonly arrival_price: string | null;
    readonly slippage_bps: string | null;
    readonly vwap_slippage_bps: string | null;
    readonly fee_bps: string | null;
    readonly participation_rate: string | null;
    readonly market_volume: string | null;
  };
  readonly messages: readonly OrderMessage[];
}

export interface OrderPage {
  readonly orders: readonly OrderRow[];
  readonly page: number;
  readonly page_size: number;
  readonly has_more: boolean;
}

/** The plan: cumulative target and band, in the target token. */
export interface Trajectory {
  readonly order_id: string;
  readonly as_of: string;
  readonly time_start: string | null;
  readonly time_end: string | null;
  readonly target_token: string;
  readonly target_order_qty: string;
  readonly finisher_from: string | null;
  readonly status: OrderStatus;
  readonly points: readonly {
    readonly at: string;
    readonly target: string;
    readonly lower: string;
    readonly upper: string;
  }[];
}

export interface Instrument {
  readonly pair: string;
  readonly venue: string;
  readonly exchange: string;
  readonly market_type: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly lot: string;
  readonly min_qty: string;
  readonly min_notional: string;
}

export interface Account {
  readonly name: string;
  readonly venue: string;
  readonly exchange: string;
  readonly status: string | null;
  readonly status_at: string | null;
  /** Why the status is what it is; empty where there is nothing to say. */
  readonly reason: string;
  /** Orders of others that work at the account. */
  readonly external_orders: number;
}

/** What is known of a venue key; of the key itself only its last characters. */
export interface VenueKey {
  readonly version: number;
  readonly key_hint: string;
  readonly can_trade: boolean | null;
  readonly can_withdraw: boolean | null;
  readonly ip_bound: boolean | null;
  readonly warnings: readonly string[];
  /** Null: the key is for all instruments. */
  readonly instruments: readonly string[] | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** The keys that an account had at a venue, newest first. Versions are counted at each venue by itself. */
export interface VenueKeys {
  readonly venue: string;
  readonly credentials: readonly VenueKey[];
}

/** A venue of the account that does not take the key. */
export interface KeyRefusal {
  readonly venue: string;
  readonly reason: string;
  readonly text: string;
}

/** A key on its way: the gateway asks the venues what it may do. What no venue takes comes as an error. */
export interface KeySubmission {
  readonly submission_id: string;
  readonly outcome: 'waiting' | 'accepted';
  readonly refused?: readonly KeyRefusal[];
}

/** Where an account can be opened. */
export interface Venue {
  readonly id: string;
  readonly exchange: string;
  readonly product: 'spot' | 'linear';
  /** 1: in the full test programme; 2: reached through a library. */
  readonly tier: 1 | 2;
  /** What one must know before trading there, a sentence each. */
  readonly cannot_promise: readonly string[];
}

export interface Position {
  readonly symbol: string;
  readonly side: string;
  readonly qty: string;
  readonly entry_price: string | null;
  readonly mark_price: string | null;
  readonly unrealized_profit: string | null;
  readonly leverage: string | null;
  readonly margin_type: string | null;
  readonly age_ms: number;
  readonly is_stale: boolean;
}

/** An order at our account that is not ours. */
export interface ExternalOrder {
  readonly symbol: string;
  readonly exchange_order_id: string;
  readonly client_order_id: string | null;
  readonly side: string;
  readonly status: string;
  readonly qty: string;
  readonly executed_qty: string;
  readonly price: string | null;
  readonly exchange_time: string;
}

/** Best bid and ask of one instrument. */
export interface TopOfBook {
  readonly bid: string;
  readonly ask: string;
}
