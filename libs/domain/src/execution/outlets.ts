import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { draw } from './draw.js';
import { budgetAllows, type Urgency } from './budget.js';
import { budgetOf, type Outlet, type View } from './view.js';

/**
 * Accounts that may get a resting child now, best first (algorithms.md 4.9): those without anything open, by share of
 * the five-minute volume times the fraction of the balance that is free, ties by draw. An account that lacks balance
 * or waits after a refusal comes last: it never blocks the others, and where there is no other the venue decides.
 */
export function restingOutlets(view: View, sequence: number, urgency: Urgency = 'normal'): readonly Outlet[] {
  const live = new Set(view.position.open.map(({ child }) => child.accountId));
  const candidates = view.outlets.filter(
    ({ account, blocked }) =>
      blocked === null && !live.has(account.accountId) && budgetAllows(budgetOf(account), urgency),
  );
  if (candidates.length < 2) return candidates;
  const volume = candidates.reduce<Decimal>((sum, { account }) => sum.add(account.fiveMinuteVolume), ZERO);
  const ranked = candidates.map((outlet) => ({
    outlet,
    last: outlet.wait !== null || lacksBalance(view, outlet),
    weight: freeFraction(outlet).mul(volume.isZero() ? 1 : outlet.account.fiveMinuteVolume),
  }));
  // `candidates` are in the order of their ids, so a turn of them by the draw decides ties
  const turn = Math.floor(draw(view.seed, 'account', sequence) * ranked.length);
  const turned = [...ranked.slice(turn), ...ranked.slice(0, turn)];
  turned.sort((a, b) => Number(a.last) - Number(b.last) || b.weight.comparedTo(a.weight));
  return turned.map(({ outlet }) => outlet);
}

/** Accounts that a taker may be sent to; those without balance only where there is no other. */
export function takingOutlets(view: View): readonly Outlet[] {
  const open = view.outlets.filter(({ blocked, wait }) => blocked === null && wait?.reason !== 'VENUE_BACKOFF');
  const paying = open.filter((outlet) => !lacksBalance(view, outlet));
  return paying.length === 0 ? open : paying;
}

/** True when the account is known to be unable to pay for a minimum child. */
export function lacksBalance(view: View, { account, minimum, touch }: Outlet): boolean {
  const { freeBalance, instrument } = account;
  if (freeBalance === null) return false;
  // what a position costs depends on its leverage: only an empty account is known to be unable
  if (instrument.marketType !== 'spot') return freeBalance.lte(ZERO);
  const needed = view.parent.side === 'sell' ? minimum : touch === null ? ZERO : minimum.mul(touch.bid);
  return freeBalance.lt(needed) || freeBalance.lte(ZERO);
}

function freeFraction({ account }: Outlet): Decimal {
  const { freeBalance, totalBalance } = account;
  if (freeBalance === null || totalBalance === null || totalBalance.lte(ZERO)) return new Dec(1);
  return Dec.min(1, freeBalance.div(totalBalance));
}
