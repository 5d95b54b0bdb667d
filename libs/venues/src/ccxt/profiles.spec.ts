import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { BYBIT_LIMITS } from '../bybit/limits.js';
import { bybitProfile } from '../bybit/traits.js';
import { COINBASE_LIMITS } from '../coinbase/limits.js';
import { DERIBIT_LIMITS } from '../deribit/limits.js';
import { HYPERLIQUID_LIMITS } from '../hyperliquid/limits.js';
import { KRAKEN_LIMITS } from '../kraken/limits.js';
import { OKX_LIMITS } from '../okx/limits.js';
import type { VenueProfile } from '../profile.js';

const LIMITS = [BYBIT_LIMITS, COINBASE_LIMITS, DERIBIT_LIMITS, HYPERLIQUID_LIMITS, KRAKEN_LIMITS, OKX_LIMITS];
const profiles: readonly VenueProfile[] = [
  ...VENUE_PACKS.map(({ protocol }) => protocol.profile),
  bybitProfile('spot'),
];

it.each(profiles.map((profile) => [`${profile.protocol} ${profile.product}`, profile] as const))(
  '%s: every call has a cost in the table of its venue, and every request of a call is in it',
  (_name, { protocol, calls }) => {
    const costs = LIMITS.find(({ venue }) => venue === protocol)?.costs ?? {};
    for (const [port, call] of Object.entries(calls)) {
      if (call !== null) expect([port, call, costs[call]]).toEqual([port, call, expect.any(Array)]);
    }
  },
);

it.each(VENUE_PACKS.map((pack) => [pack.name, pack] as const))(
  '%s: public calls have a cost as well',
  (_name, { protocol }) => {
    const { costs = {} } = LIMITS.find(({ venue }) => venue === protocol.id) ?? {};
    const { marks } = protocol;
    for (const call of [...Object.values(protocol.publicCalls), ...(marks === undefined ? [] : [marks.call])])
      expect([call, costs[call]]).toEqual([call, expect.any(Array)]);
  },
);

it.each(VENUE_PACKS.map((pack) => [pack.name, pack] as const))(
  '%s: what its user stream asks has a cost as well',
  (_name, { protocol }) => {
    const { costs = {} } = LIMITS.find(({ venue }) => venue === protocol.id) ?? {};
    const { token, pays = [] } = protocol.userStream ?? {};
    for (const call of [...pays, ...(token === undefined ? [] : [token.call])])
      expect([call, costs[call]]).toEqual([call, expect.any(Array)]);
  },
);

it.each(VENUE_PACKS.map((pack) => [pack.name, pack] as const))(
  '%s: a look-up pays for every place it looks in',
  (_name, { protocol, finds }) => {
    const { costs } = LIMITS.find(({ venue }) => venue === protocol.id) ?? {};
    const paid = costs?.[protocol.profile.calls.findOrder ?? ''] ?? [];
    const atLeast = paid.reduce((sum, { cost }) => sum + (typeof cost === 'number' ? cost : 0), 0);
    expect(atLeast).toBeGreaterThanOrEqual(finds.length);
  },
);

it.each(VENUE_PACKS.map((pack) => [pack.name, pack] as const))(
  '%s: docs/venues.md says what it cannot promise',
  (_name, { protocol }) => {
    const page = readFileSync('docs/venues.md', 'utf8');
    for (const sentence of protocol.profile.cannotPromise) expect(page).toContain(`- ${sentence}`);
  },
);
