import { CANCEL_CEILINGS, type LimitDefinition, type LimitDraw } from '#domain';
import type { EmergencyDraw } from './emergency-bucket.js';
import { definitionOf, type VenueLimits } from './venue-limits.js';

/**
 * The limits of a call as the emergency share meets them. `inForce` gives lower figures that the venue announced, by
 * the limit's id or its name for one scope, in the amounts of a draw, as far as this process has heard of them.
 */
export function emergencyDraws(
  limits: VenueLimits,
  draws: readonly LimitDraw[],
  inForce: ReadonlyMap<string, number>,
): EmergencyDraw[] {
  return draws.map((draw) => {
    const definition = definitionOf(limits, draw.id);
    const { name, id } = draw;
    const limit = Math.min(draw.limit, inForce.get(name) ?? inForce.get(id) ?? Infinity);
    return {
      name,
      id,
      cost: draw.kind === 'ban' ? 0 : draw.cost,
      share: Math.floor((limit * neverGranted(definition)) / 1000),
      isOfAddress: definition.scope.includes('ip'),
      spanMs: spanMs(draw),
    };
  });
}

/** How long after its answer a call may still count: a window, or until the limit would be whole again. */
function spanMs({ kind, windowMs, limit, rate }: LimitDraw): number {
  switch (kind) {
    case 'fixed_window':
    case 'rolling_window':
      return windowMs;
    case 'per_block':
      return 2 * windowMs; // blocks may come slower than they usually do
    case 'token_bucket':
    case 'decaying_counter':
    case 'credits':
      return rate > 0 ? Math.min(Math.ceil(limit / rate), FOR_GOOD_MS) : FOR_GOOD_MS;
    case 'lifetime_budget':
      return FOR_GOOD_MS;
    case 'ban':
      return 0;
  }
}

/** A use that no time gives back: until somebody has told the shared state of it, a month. */
const FOR_GOOD_MS = 30 * 86_400_000;

/** The emergency share in thousandths: what no priority's ceiling reaches, and so the shared state never grants. */
function neverGranted({ ceilings }: LimitDefinition): number {
  return 1000 - Math.max(...Object.values({ ...CANCEL_CEILINGS, ...ceilings }));
}
