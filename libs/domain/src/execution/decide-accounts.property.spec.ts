import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { type Step } from '../../../../test/support/simulated-order.js';

/** Orders of every kind over several accounts. */
const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  algorithm: fc.constantFrom('twap', 'twap', 'iceberg', 'ioc', 'limit', 'market'),
  side: fc.constantFrom('buy', 'sell'),
  sizing: fc.constantFrom('base', 'quote'),
  lots: fc.integer({ min: 300, max: 20_000 }),
  lot: fc.constantFrom('0.001', '0.0025'),
  durationMs: fc.integer({ min: 20_000, max: 120_000 }),
  discretion: fc.constantFrom('0.02', '0.08', '0.3'),
  passiveness: fc.constantFrom('0', '0.02', '0.3'),
  passiveOnly: fc.constantFrom(false, false, true),
  activeLimit: fc.constantFrom(false, true),
  strictDuration: fc.boolean(),
  oolPause: fc.boolean(),
  limitBps: fc.constantFrom(null, null, -3, 2, 30),
  maxClip: fc.constant(null),
  fillRate: fc.constantFrom(0.05, 0.3, 0.9),
  accounts: fc.record({ count: fc.integer({ min: 2, max: 3 }), amends: fc.constantFrom('none', 'shrink', 'move') }),
  params: fc.record({ orderSlices: fc.integer({ min: 1, max: 9 }) }),
});

describe('properties of orders over several accounts', () => {
  it('I2 no taker leaves later than two seconds after its decision, however long the gateway is away', () => {
    const seen = new Map<string, number>();
    const note = (kind: string) => seen.set(kind, (seen.get(kind) ?? 0) + 1);
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, ({ before, after, now, decision }: Step) => {
          const { takerPatienceMs } = after.settings;
          for (const child of after.children) {
            if (child.timeInForce !== 'ioc' || child.status !== 'pending' || child.cancelRequestedAt !== null) continue;
            const leavesBy = child.createdAt + takerPatienceMs;
            // the instant is rounded up to 50 ms, and never nearer than 250 ms
            const isWatched = leavesBy > now && (decision.nextWakeAt ?? Infinity) <= Math.max(now + 250, leavesBy) + 50;
            if (!isWatched) throw new Error(`child ${child.sequence} of ${child.createdAt} is left alone at ${now}`);
            if (before.children.includes(child)) note('waits');
          }
          for (const intent of decision.intents) if (intent.kind === 'cancel') note(intent.reason);
        });
      }),
      { numRuns: 60 },
    );
    expect(seen.get('waits') ?? 0).toBeGreaterThan(5);
    expect(seen.get('unsent') ?? 0).toBeGreaterThan(5);
  });
});
