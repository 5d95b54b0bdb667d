import type { StrategyId, SubscriptionId, UserId } from '#domain';
import type { Tx } from '#persistence';

/** What strategies and subscriptions must know of positions, and have done with them, inside their own transaction. */
export interface PositionQuestions {
  /** Pairs of the live positions of a strategy (`BTC-USDT`), one for each position. The strategy's row is locked. */
  readonly livePairs: (tx: Tx, strategyId: StrategyId) => Promise<readonly string[]>;
  /** Has the legs of a subscription exited, or leaves them to its owner. The subscription's row is locked. */
  readonly endLegs: (tx: Tx, subscriptionId: SubscriptionId, how: LegsEnd, by: UserId) => Promise<void>;
}

export const LEGS_ENDS = ['exit', 'abandon'] as const;
export type LegsEnd = (typeof LEGS_ENDS)[number];

export const POSITION_QUESTIONS = Symbol('position questions');

/** For as long as nothing opens positions. */
export const NO_POSITIONS: PositionQuestions = {
  livePairs: () => Promise.resolve([]),
  endLegs: () => Promise.resolve(),
};
