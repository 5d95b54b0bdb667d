import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CANCEL_CEILINGS, costOf } from '#domain';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { expectRequest, recorded, twoCancels } from '../../../../test/support/venue-packs/pack.js';
import { openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import { shippedLimits } from '../budget/shipped-limits.js';
import type { CancelOutcome, Sent, VenueSession } from '../ports.js';

let world: PackWorld;
beforeAll(async () => {
  world = await openPackWorld();
});
beforeEach(() => {
  world.server.requests.length = 0;
});
afterAll(() => world.close());

describe.each(VENUE_PACKS)('several cancels at $name', (pack) => {
  const { cancelMany: wanted } = pack;
  let session: VenueSession;
  let reply: unknown;

  beforeAll(async () => {
    session = await world.connect(pack.protocol, pack.account);
  });
  beforeEach(() => {
    world.server.answer = (request) => {
      const beside = pack.beside?.(request) ?? null;
      return { status: 200, body: beside === null ? reply : recorded(pack.fixtures, beside) };
    };
  });
  const asked = () => world.server.requests.filter((one) => (pack.beside?.(one) ?? null) === null);
  const cancel = async (): Promise<Sent<readonly CancelOutcome[]>> => {
    if (session.cancelMany === undefined) throw new Error(`${pack.name} must cancel several`);
    return session.cancelMany(twoCancels(pack));
  };

  it('has the call, how many it takes and what it costs, or none of them', () => {
    const { traits, calls } = pack.protocol.profile;
    const has = wanted !== undefined;
    expect([
      session.cancelMany !== undefined,
      traits.cancelsAtOnce !== undefined,
      calls.cancelMany !== undefined,
    ]).toEqual([has, has, has]);
    if (traits.cancelsAtOnce !== undefined) expect(traits.cancelsAtOnce).toBeGreaterThan(1);
  });
  if (wanted === undefined) return;

  it('takes no more than what a cancel may ever draw', () => {
    const { traits, calls, protocol } = pack.protocol.profile;
    const { costs, definitions } = shippedLimits(protocol);
    const n = traits.cancelsAtOnce ?? 0;
    const draws = costs[calls.cancelMany ?? ''] ?? [];
    for (const { limit, cost } of draws) {
      const params = definitions.find(({ id }) => id === limit)?.params ?? {};
      if ('limit' in params)
        expect(costOf(cost, { orders: n })).toBeLessThanOrEqual((params.limit * CANCEL_CEILINGS.cancel) / 1_000);
    }
    expect(draws.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(wanted.gives))('%s: one call, and an outcome for each order', async (name, gives) => {
    reply = recorded(pack.fixtures, name);
    expect(await cancel()).toMatchObject({ kind: 'done', value: gives });
    expect(asked()).toHaveLength(1);
    expectRequest(asked()[0], wanted.wants);
    expect(pack.signed(asked()[0]!)).toBe(true);
  });

  it.each(Object.entries(wanted.leavesOpen))('%s: tells nothing of any order', async (name, code) => {
    reply = recorded(pack.fixtures, name);
    expect(await cancel()).toMatchObject({ kind: 'unknown', why: { code } });
    expect(asked()).toHaveLength(1);
  });

  it('takes nothing that cannot be read for an answer', async () => {
    for (reply of [{}, '[', 'null', []]) expect((await cancel()).kind).toBe('unknown');
  });
});
