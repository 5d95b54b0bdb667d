import type { SelfTradeMode } from '../matching/match.js';

/** Two orders of one account met, and self-trade prevention ended one of them or both. */
export interface PreventedMatch {
  /** Counted per symbol. */
  readonly id: number;
  readonly makerOrderId: number;
  readonly takerOrderId: number;
  readonly mode: SelfTradeMode;
  /** Of the maker, in ticks. */
  readonly ticks: number;
  /** What the maker had left and lost; null when it goes on. */
  readonly makerLots: number | null;
  readonly takerLots: number | null;
  readonly at: number;
  /** Place among all facts of the ledger. */
  readonly seq: number;
}
