import type { Decimal } from '../numeric/decimal.js';

/** How a strategy's signals come in (signal-apis.md 5.1); `session` sends orders of its own instead. */
export const STRATEGY_KINDS = ['signaler', 'mizar', 'webhook', 'session', 'dca'] as const;
export type StrategyKind = (typeof STRATEGY_KINDS)[number];

/** `FUTURES` means perpetuals. */
export const STRATEGY_MARKETS = ['SPOT', 'FUTURES'] as const;
export type StrategyMarket = (typeof STRATEGY_MARKETS)[number];

/** A pair that a strategy trades, in upper case. */
export interface StrategySymbol {
  readonly base: string;
  readonly quote: string;
  /** Both without anything between, `BTCUSDT`, whatever the venues call it. */
  readonly symbol: string;
}

export function strategySymbol(base: string, quote: string): StrategySymbol {
  return { base: base.toUpperCase(), quote: quote.toUpperCase(), symbol: `${base}${quote}`.toUpperCase() };
}

/** How signals of a strategy are taken; each kind knows some of them. */
export interface StrategySettings {
  /** An `open` while a position of the pair is live: refused, or in its place. Signalers. Default `reject`. */
  readonly onOpenWhileLive: 'reject' | 'replace';
  /** A position of which no leg was filled: ended, or kept on paper. Default `cancel`. */
  readonly onNoExecution: 'cancel' | 'paper';
  /** What prices of conditions are compared with, at the first exchange. Default `last`. */
  readonly triggerPrice: 'last' | 'mid' | 'mark';
  /** Entries that are fanned out later than so many seconds after acceptance are skipped. Default 60. */
  readonly maxEntryDelayS: number;
  /** Quote of a symbol that names a base alone. Default `USDT`. */
  readonly defaultQuote: string;
  /** How long an answer waits for fills, in ms; 0 does not wait. Mizar. Default 5,000. */
  readonly mizarWaitMs: number;
  /** An entry on the live side adds to it. Webhooks. Default no. */
  readonly pyramiding: boolean;
  /** Contracts of the sender that are size 1; null: contracts are not looked at. Webhooks. Default null. */
  readonly fullContracts: Decimal | null;
  /** Signals older than so many seconds are expired, unless they say otherwise. Webhooks. Default 120. */
  readonly maxLagS: number;
}

export const DEFAULT_STRATEGY_SETTINGS: StrategySettings = {
  onOpenWhileLive: 'reject',
  onNoExecution: 'cancel',
  triggerPrice: 'last',
  maxEntryDelayS: 60,
  defaultQuote: 'USDT',
  mizarWaitMs: 5_000,
  pyramiding: false,
  fullContracts: null,
  maxLagS: 120,
};

/** `limited`: no entries until the balance is there again, exits go on; `paused`: none until its owner says so. */
export const SUBSCRIPTION_STATUSES = ['active', 'limited', 'paused'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** Which orders of a subscription an algorithm is for: entries; take-profits, closes, reductions; stop-losses, retried exits. */
export const EXECUTION_PARTS = ['entry', 'exit', 'stop'] as const;
export type ExecutionPart = (typeof EXECUTION_PARTS)[number];
