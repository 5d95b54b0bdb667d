import { Dec, type Decimal } from '../numeric/decimal.js';
import type { Draft } from './draft.js';
import { halfSpreadBps } from './price-protection.js';
import { chooseRole, passiveCostBps, takerCostBps, type Role } from './role.js';
import type { Outlet, View } from './view.js';

const AT_TOUCH = new Dec('0.05');

/**
 * The role of this decision (algorithms.md 4.3): what the cheapest account asks for resting against what the cheapest
 * asks for taking. Where fees are not known, further out than the touch, and always under `passive_only` and
 * `active_limit`, an order rests. A change is annotated.
 */
export function roleOf(view: View, draft: Draft): Role {
  const { params, role: held } = view.parent;
  if (params.passiveOnly || params.activeLimit || params.passiveness.gt(AT_TOUCH)) return 'passive';
  let cheapest: { readonly passive: Decimal; readonly taker: Decimal } | null = null;
  for (const outlet of view.outlets) {
    const costs = outlet.blocked === null ? costsOn(outlet) : null;
    if (costs === null) continue;
    cheapest =
      cheapest === null
        ? costs
        : { passive: Dec.min(cheapest.passive, costs.passive), taker: Dec.min(cheapest.taker, costs.taker) };
  }
  if (cheapest === null) return 'passive';
  const role = chooseRole(cheapest.passive, cheapest.taker, held ?? null);
  if (role !== held) draft.annotate({ kind: 'role', role });
  return role;
}

function costsOn({ account, touch }: Outlet): { readonly passive: Decimal; readonly taker: Decimal } | null {
  const { fees, makerMarkout, sigmaBps } = account;
  if (fees === null || touch === null) return null;
  const costs = {
    makerFeeBps: fees.makerBps,
    takerFeeBps: fees.takerBps,
    halfSpreadBps: halfSpreadBps(touch),
    sigma1Bps: sigmaBps.s1,
    makerFills: makerMarkout.fills,
    meanMarkoutBps: makerMarkout.meanLossBps,
  };
  return { passive: passiveCostBps(costs), taker: takerCostBps(costs) };
}
