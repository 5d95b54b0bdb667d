import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { oddBodies } from '../../../../../test/support/odd-bodies.js';
import { LEGACY, SAMPLE } from '../../../../../test/support/wisdomise-samples.js';
import { ZERO } from '#domain';
import { readSignalBody, requireFields } from '../common/signal-body.js';
import { parseWisdomiseSignal } from './parse-signal.js';

const SAMPLES = [
  SAMPLE,
  LEGACY,
  { ...SAMPLE, action: 'update' },
  { ...SAMPLE, action: 'close' },
  { ...SAMPLE, pair: 'DOGE' },
];

it('takes only what keeps the rules, and says why it refuses the rest', () => {
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(oddBodies(SAMPLES), fc.constantFrom('SPOT', 'FUTURES'), (text, market) => {
      const body = readSignalBody(new TextEncoder().encode(text));
      const fields = body.ok ? requireFields(body.value) : body;
      const terms = {
        market,
        symbols: [
          { base: 'SOL', quote: 'USDT' },
          { base: 'BTC', quote: 'USDT' },
        ],
        defaultQuote: 'USDT',
      } as const;
      const signal = fields.ok ? parseWisdomiseSignal(fields.value, terms) : fields;
      count(signal.ok ? signal.value.intent.action : signal.error.reason);
      if (!signal.ok) {
        expect(signal.error.message).toMatch(/^[a-z_]+(\[\d+\])?(\.\w+)*: .|is not in this strategy$/);
        return;
      }
      const { pair, intent } = signal.value;
      expect(['SOL-USDT', 'BTC-USDT']).toContain(pair);
      if (intent.action === 'close') return;
      const { openItems, closeItems, side, leverage } = intent.action === 'open' ? intent.wanted : intent;
      if (intent.action === 'open') expect(openItems.length).toBeGreaterThan(0);
      if (market === 'SPOT') expect([side ?? 'long', leverage?.toFixed() ?? '1']).toEqual(['long', '1']);
      expect(openItems.reduce((sum, { amount }) => sum.add(amount), ZERO).lte('1.000000001')).toBe(true);
      for (const { key, orderType, limitPrice, gate } of openItems) {
        expect([key.length > 0, key.length <= 64]).toEqual([true, true]);
        expect((orderType === 'limit') === (limitPrice !== null)).toBe(true);
        for (const price of [limitPrice, gate?.price]) expect(price?.gt(0) ?? true).toBe(true);
      }
      for (const { ratio, trigger } of closeItems) {
        expect(ratio.gt(0) && ratio.lte(1)).toBe(true);
        if (trigger.kind === 'exact') expect(trigger.price.gt(0)).toBe(true);
        else expect(trigger.ratio.gte('0.5') && trigger.ratio.lte(2)).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
  for (const what of ['open', 'update', 'close', 'rejected_schema', 'rejected_symbol', 'rejected_side'])
    expect([what, (seen.get(what) ?? 0) > 3]).toEqual([what, true]);
});
