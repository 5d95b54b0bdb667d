import { Dec, ZERO, type Decimal, type EpochMs } from '#domain';
import type { ShownPosition, StoredBalance, StoredPosition } from '#persistence';
import type { Balance, PositionView } from '#venues';
import type { Mismatch } from './drift.js';

/**
 * Balances that differ from what the venue tells. Those of which an event told after `settledBefore` are left to the
 * next round, and what we never knew cannot differ.
 */
export function balanceMismatches(
  ours: readonly (StoredBalance & { readonly updatedAt: EpochMs })[],
  theirs: readonly Balance[],
  settledBefore: EpochMs,
): Mismatch[] {
  const told = new Map(theirs.map((balance) => [balance.asset, balance]));
  const say = (free: Decimal, locked: Decimal): string => `${free.toFixed()} free, ${locked.toFixed()} locked`;
  return ours.flatMap(({ asset, free, locked, updatedAt }) => {
    if (updatedAt > settledBefore) return [];
    const now = told.get(asset) ?? { free: ZERO, locked: ZERO };
    if (now.free.eq(free) && now.locked.eq(locked)) return [];
    return [{ kind: 'balance' as const, subject: asset, ours: say(free, locked), theirs: say(now.free, now.locked) }];
  });
}

/** As {@link balanceMismatches}, for the quantities of positions; one that the venue leaves out is zero. */
export function positionMismatches(
  ours: readonly ShownPosition[],
  theirs: readonly PositionView[],
  settledBefore: EpochMs,
): Mismatch[] {
  const nameOf = ({ symbol, side }: { symbol: string; side: string }): string => `${symbol} ${side}`;
  const told = new Map(theirs.map((position) => [nameOf(position), position]));
  return ours.flatMap((position) => {
    if (position.updatedAt > settledBefore) return [];
    const qty = told.get(nameOf(position))?.qty ?? ZERO;
    if (qty.eq(position.qty)) return [];
    return [
      {
        kind: 'position' as const,
        subject: nameOf(position),
        ours: position.qty.toFixed(),
        theirs: qty.toFixed(),
      },
    ];
  });
}

/** A position of the port as the repository keeps it. */
export function toStoredPosition(view: PositionView): StoredPosition {
  const { symbol, side, qty, entryPx, markPx, unrealizedPnl, leverage, marginType } = view;
  return {
    symbol,
    side,
    qty,
    entryPx,
    markPx,
    unrealizedPnl,
    leverage: leverage === null ? null : new Dec(leverage),
    marginType,
  };
}
