import { Dec, floorTo, ZERO, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { View } from './view.js';

/**
 * Whole lots that a leg of a multi order may still send for its exposure (algorithms.md 7); null when the order is no
 * leg. `freed` is base that works now and will be gone first.
 */
export function exposureLots(view: View, lot: Quantity, freed: Decimal = ZERO): Quantity | null {
  const { exposure } = view;
  if (exposure === null) return null;
  const left = exposure.room.div(exposure.referencePrice).add(freed);
  return floorTo(Dec.max(ZERO_QUANTITY, left) as Quantity, lot);
}
