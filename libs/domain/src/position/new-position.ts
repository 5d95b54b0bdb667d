import { ZERO } from '../numeric/decimal.js';
import type { CloseItem, OpenItem, Position, PositionId } from './contract.js';
import { enterActions } from './evaluation.js';
import { fireOpenItem } from './fire-item.js';
import type { PositionChange } from './leg-action.js';
import { NO_PAPER } from './paper.js';
import { momentOfSignal, type SignalInput } from './signal-decision.js';
import type { WantedCloseItem, WantedOpenItem, WantedPosition } from './signal-intent.js';
import { ONE } from './size.js';

export const armedOpenItem = (wanted: WantedOpenItem): OpenItem => ({
  key: wanted.key,
  gate: wanted.gate,
  amount: wanted.amount,
  orderType: wanted.orderType,
  limitPrice: wanted.orderType === 'limit' ? wanted.limitPrice : null,
  expiresAt: wanted.expiresAt,
  state: 'armed',
  appliedAt: null,
  filled: ZERO,
  kept: ONE,
});

export const armedCloseItem = (wanted: WantedCloseItem): CloseItem => ({
  key: wanted.key,
  kind: wanted.kind,
  ratio: wanted.ratio,
  trigger: wanted.trigger,
  state: 'armed',
  appliedAt: null,
  firedAt: null,
});

/**
 * Makes the position of an accepted opening; its first item fires at once unless it waits for a price.
 *
 * @param replaced the position whose place it takes: entries wait for that one's exits
 */
export function newPosition(input: SignalInput, wanted: WantedPosition, replaced: Position | null): PositionChange {
  const armed: Position = {
    ...input.fresh,
    strategyId: input.strategy.id,
    pair: input.pair,
    side: wanted.side,
    leverage: wanted.leverage,
    state: 'armed',
    endReason: null,
    openItems: wanted.openItems.map(armedOpenItem),
    closeItems: wanted.closeItems.map(armedCloseItem),
    size: ZERO,
    wasHeld: false,
    averageEntry: null,
    paper: NO_PAPER,
    reference: input.mid,
    orderExpiresAt: wanted.orderExpiresAt,
    actionExpiresAt: wanted.actionExpiresAt,
    legs: null,
    follows: followed(replaced),
    createdAt: input.at,
    openedAt: null,
    closedAt: null,
  };
  return wanted.openItems[0]?.gate === null ? fireNow(input, armed, 0) : { position: armed, actions: [] };
}

/** Fires an open item in the transaction of its signal. */
export function fireNow(input: SignalInput, position: Position, index: number): PositionChange {
  const fired = fireOpenItem(position, index, momentOfSignal(input));
  const item = fired.openItems[index];
  return { position: fired, actions: item === undefined || fired.legs === 0 ? [] : enterActions(fired, item) };
}

/** A position without legs has no exit to wait for. */
function followed(replaced: Position | null): PositionId | null {
  return replaced?.legs ? replaced.id : null;
}
