import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { epochMs, type EpochMs } from '#domain';
import { CCXT_ADAPTERS, CLIENT_ORDER_ID_FORMS, claimWidthMs, type ProtocolId, type VenueTraits } from '#venues';
import type { AccountSession } from '../accounts/account-sessions.js';
import { absenceAt, nextLookMs } from './look-up.js';

const CLAIMED = 1_000_000;
/** Two looks that found nothing, far enough apart, end a search; a person is called after this long at the latest. */
const GIVE_UP_MS = 600_000;
/** Without an end of validity a request may still be worked on so long after its connection is gone. */
const STRAGGLER_MS = 60_000;
const LONGEST_CONNECTION_MS = 7_500;

interface World {
  /** From the claim until the request reaches matching; null: it never does. */
  readonly arrivesAfterMs: number | null;
  /** From acceptance until queries show it. */
  readonly readLagMs: number;
  /** Of an asynchronous venue, from acceptance until the order lives. */
  readonly livesAfterMs: number;
  /** Venue minus database clock. */
  readonly offsetMs: number;
}

/** The end of the search for one order whose reply was lost, at a venue with these traits. */
function search(
  traits: VenueTraits,
  world: World,
): { readonly end: 'found' | 'absent' | 'person'; readonly at: number } {
  const validUntil = CLAIMED + claimWidthMs(traits);
  const arrival = world.arrivesAfterMs === null ? null : CLAIMED + world.arrivesAfterMs;
  const isLate = traits.fence !== null && arrival !== null && arrival > validUntil;
  const visibleAt =
    arrival === null || isLate
      ? null
      : arrival + world.readLagMs + (traits.acceptIsAsynchronous ? world.livesAfterMs : 0);
  const account = {
    venue: { traits },
    offset: { offsetMs: () => world.offsetMs, errorMs: () => 100, isKnown: () => true },
  } as unknown as AccountSession;
  let lastAbsentAt: EpochMs | null = null;
  let counted = 0;
  let now = CLAIMED;
  for (let looks = 0; now < CLAIMED + GIVE_UP_MS; looks += 1) {
    now += nextLookMs(looks);
    if (visibleAt !== null && now >= visibleAt) return { end: 'found', at: now };
    const child = { claimedAt: epochMs(CLAIMED), validUntil: epochMs(validUntil), lastAbsentAt };
    const absence = absenceAt(child, account, epochMs(now));
    if (absence.kind === 'never') return { end: 'person', at: now };
    if (absence.kind === 'later') continue;
    counted += 1;
    if (counted === 2) return { end: 'absent', at: now };
    lastAbsentAt = epochMs(now);
  }
  return { end: 'person', at: now };
}

const venues = Object.entries(CCXT_ADAPTERS).map(
  ([id, adapter]) => [id as ProtocolId, adapter.profile().traits] as const,
);

describe.each(venues)('%s', (id, traits) => {
  const latest = traits.fence === null ? LONGEST_CONNECTION_MS + STRAGGLER_MS : 120_000;
  const world = fc.record({
    arrivesAfterMs: fc.option(fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: latest }))),
    readLagMs: fc.integer({ min: 0, max: traits.lookupSpacingMs - 1 }),
    livesAfterMs: fc.integer({ min: 0, max: 2_000 }),
    offsetMs: fc.integer({ min: -60_000, max: 60_000 }),
  });

  it('never takes an order that the venue accepted for one that never arrived', () => {
    const ends = { found: 0, absent: 0, person: 0 };
    fc.assert(
      fc.property(world, (one) => {
        const { end } = search(traits, one);
        ends[end] += 1;
        const accepted =
          one.arrivesAfterMs !== null && (traits.fence === null || one.arrivesAfterMs <= claimWidthMs(traits));
        return accepted ? end === 'found' : end !== 'found';
      }),
      { numRuns: 2_000 },
    );
    expect(ends.found).toBeGreaterThan(100);
    expect(ends.absent).toBeGreaterThan(100);
  });

  it('concludes absence without a person, within seconds where the venue ends a request itself', () => {
    const nothing = { arrivesAfterMs: null, readLagMs: 0, livesAfterMs: 0, offsetMs: 0 };
    const { end, at } = search(traits, nothing);
    expect(end).toBe('absent');
    expect(at - CLAIMED).toBeLessThan(traits.fence === null ? 90_000 : 25_000);
  });

  it('needs no rule on repeated ids: an id is offered once, whatever the venue does with a second', () => {
    // The search knows the traits alone; the venue's rule is data for people and for the simulated exchange.
    expect(['open-only', 'permanent', 'returns-existing', 'none']).toContain(CLIENT_ORDER_ID_FORMS[id].uniqueness);
    expect(Object.keys(traits)).not.toContain('uniqueness');
  });
});

it('calls a person where nothing ends a request and look-ups forget', () => {
  const traits = { ...CCXT_ADAPTERS.coinbase.profile().traits, lookup: 'none' as const };
  const world = { arrivesAfterMs: null, readLagMs: 0, livesAfterMs: 0, offsetMs: 0 };
  expect(search(traits, world).end).toBe('person');
});

it('would lose orders with less of a margin, which is what the margins are for', () => {
  const traits = { ...CCXT_ADAPTERS.bybit.profile().traits, absenceMarginMs: -2_900 };
  const slow = { arrivesAfterMs: 2_990, readLagMs: 1_499, livesAfterMs: 2_000, offsetMs: 0 };
  expect(search(traits, slow).end).toBe('absent');
});
