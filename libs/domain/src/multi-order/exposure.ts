import type { LegExposure } from '../execution/contract.js';
import type { Side } from '../instrument/instrument.js';
import { Dec, ZERO, type Decimal, type Notional, type Price, type Quantity } from '../numeric/decimal.js';

const ONE = new Dec(1);
const HALF = new Dec('0.5');

/** Planned and filled totals of a multi order, in quote at the legs' reference prices. */
export interface ExposureTotals {
  readonly buyTotal: Decimal;
  readonly sellTotal: Decimal;
  readonly buyFilled: Decimal;
  readonly sellFilled: Decimal;
  /** Active share of the common duration, 0..1. */
  readonly u: Decimal;
  /** theta = `exposure_tolerance`. */
  readonly tolerance: Decimal;
}

/** Where a multi order stands on its ramp and what that leaves to each side (algorithms.md 7); all in quote. */
export interface ExposureRamp {
  /** E = (Bt - St) * u. */
  readonly target: Decimal;
  /** Bf - Sf - E: positive when the buys lead. The order API reports it as `notional_exposure`. */
  readonly lead: Decimal;
  /** tol = theta * max(Bt, St), constant over the order's life. */
  readonly tol: Decimal;
  /** g per side: 1 up to half the tolerance, 0 from the full tolerance on. */
  readonly scaleBuy: Decimal;
  readonly scaleSell: Decimal;
  /** What the side's working and new children may add up to. */
  readonly roomBuy: Decimal;
  readonly roomSell: Decimal;
}

/** The linear ramp of algorithms.md 7. */
export function exposureRamp(totals: ExposureTotals): ExposureRamp {
  const { buyTotal, sellTotal, buyFilled, sellFilled, u } = totals;
  const target = buyTotal.sub(sellTotal).mul(u);
  const lead = buyFilled.sub(sellFilled).sub(target);
  const tol = totals.tolerance.mul(Dec.max(buyTotal, sellTotal));
  return {
    target,
    lead,
    tol,
    scaleBuy: scaleOf(tol.sub(lead), tol),
    scaleSell: scaleOf(tol.add(lead), tol),
    roomBuy: Dec.max(ZERO, tol.sub(lead)),
    roomSell: Dec.max(ZERO, tol.add(lead)),
  };
}

/** g = clamp(room / (tol / 2), 0, 1). */
function scaleOf(room: Decimal, tol: Decimal): Decimal {
  if (room.lte(ZERO)) return ZERO;
  const half = tol.mul(HALF);
  return room.gte(half) ? ONE : room.div(half);
}

/** One leg as the exposure rule sees it. */
export interface LegState {
  readonly side: Side;
  /** r: the leg's mid at activation. */
  readonly referencePrice: Price;
  /** N: what the leg is to trade, in quote at its reference price. */
  readonly planned: Decimal;
  /** Base filled so far. */
  readonly filled: Quantity;
  /** Base that children which are not closed may still fill; `unknown` ones count in full. */
  readonly working: Quantity;
  /** The part of `working` whose cancel has been asked for. */
  readonly leaving: Quantity;
}

/** N of algorithms.md 7: target base quantity at the reference price; of a quote-sized leg the amount itself. */
export function plannedNotional(sizing: 'base' | 'quote', orderQty: Decimal, referencePrice: Price): Decimal {
  return sizing === 'quote' ? orderQty : orderQty.mul(referencePrice);
}

/** Exposure of all legs together. */
export interface MultiExposure extends ExposureRamp {
  /** Working notional per side: worst case, both sides cannot offset each other. */
  readonly workingBuy: Decimal;
  readonly workingSell: Decimal;
  readonly leavingBuy: Decimal;
  readonly leavingSell: Decimal;
}

/** Adds the legs up at their reference prices. */
export function multiExposure(legs: readonly LegState[], u: Decimal, tolerance: Decimal): MultiExposure {
  const total = (side: Side, of: (leg: LegState) => Decimal): Decimal =>
    legs.reduce<Decimal>((sum, leg) => (leg.side === side ? sum.add(of(leg)) : sum), ZERO);
  const quoted = (qty: (leg: LegState) => Decimal) => (leg: LegState) => qty(leg).mul(leg.referencePrice);
  const filled = quoted((leg) => leg.filled);
  const working = quoted((leg) => leg.working);
  const leaving = quoted((leg) => leg.leaving);
  return {
    ...exposureRamp({
      buyTotal: total('buy', (leg) => leg.planned),
      sellTotal: total('sell', (leg) => leg.planned),
      buyFilled: total('buy', filled),
      sellFilled: total('sell', filled),
      u,
      tolerance,
    }),
    workingBuy: total('buy', working),
    workingSell: total('sell', working),
    leavingBuy: total('buy', leaving),
    leavingSell: total('sell', leaving),
  };
}

/** What one leg's decision is told. The caller holds the multi order's lock, so no other leg decides meanwhile. */
export function legExposure(
  exposure: MultiExposure,
  leg: Pick<LegState, 'side' | 'referencePrice'>,
  spreadWatch: Price | null,
): LegExposure {
  const isBuy = leg.side === 'buy';
  const room = isBuy ? exposure.roomBuy : exposure.roomSell;
  const working = isBuy ? exposure.workingBuy : exposure.workingSell;
  const leaving = isBuy ? exposure.leavingBuy : exposure.leavingSell;
  return {
    scale: isBuy ? exposure.scaleBuy : exposure.scaleSell,
    room: room.sub(working),
    excess: Dec.max(ZERO, working.sub(leaving).sub(room)) as Notional,
    referencePrice: leg.referencePrice,
    spreadWatch,
  };
}

/**
 * T' = X + g * max(0, T - X), for a leg that is behind its plan: the leading side slows down before it has to stop. A
 * leg ahead of its plan keeps T, so that its band never follows what it has done (ADR 39).
 */
export function scaledTarget(target: Decimal, executed: Decimal, scale: Decimal): Decimal {
  const behind = target.sub(executed);
  return behind.lte(ZERO) ? target : executed.add(scale.mul(behind));
}

/** What a leg needs of the tolerance. */
export interface LegMinimum {
  readonly side: Side;
  /** N, in quote. */
  readonly planned: Decimal;
  /** m at the leg's mid, in quote. */
  readonly minimum: Decimal;
}

/** The tolerance in quote and what it must be at least: twice the largest minimum child (algorithms.md 7). */
export function toleranceCheck(
  legs: readonly LegMinimum[],
  tolerance: Decimal,
): { readonly tol: Decimal; readonly needed: Decimal; readonly isEnough: boolean } {
  const total = (side: Side): Decimal =>
    legs.reduce<Decimal>((sum, leg) => (leg.side === side ? sum.add(leg.planned) : sum), ZERO);
  const tol = tolerance.mul(Dec.max(total('buy'), total('sell')));
  const needed = legs.reduce<Decimal>((most, { minimum }) => Dec.max(most, minimum), ZERO).mul(2);
  return { tol, needed, isEnough: tol.gte(needed) };
}
