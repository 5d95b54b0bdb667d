import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { ALERT, STOCK_SENTENCE } from '../../../../../test/support/alert-samples.js';
import { oddBodies } from '../../../../../test/support/odd-bodies.js';
import { decimal, epochMs } from '#domain';
import { readSignalBody } from '../common/signal-body.js';
import { KNOWN_WORDS } from './action-words.js';
import { parseAlert, type AlertTerms } from './parse-alert.js';

const NOW = epochMs(Date.parse('2026-03-02T09:00:30Z'));
const BTC = { base: 'BTC', quote: 'USDT' };
const WORDS = KNOWN_WORDS.split(', ');
const SAMPLES = [
  ALERT,
  { ...ALERT, timestamp: 0 },
  ...['buy', 'short', 'add', 'trim', 'exit-long', 'flip', 'exit-all'].map((action) => ({
    action,
    size: 0.5,
    sl: 5,
  })),
  { ticker: 'BTCUSDT', market_position: 'long', market_position_size: '3', prev_market_position_size: '2' },
  { ticker: 'DOGEUSDT', sentiment: 'flat', qty: 5 },
];
const PIECES = [...WORDS, ...STOCK_SENTENCE.split(' '), 'sl=5', 'tp=9', 'price=7', 'id=1'];

it('takes only what keeps the rules, and says why it refuses the rest', () => {
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const terms: fc.Arbitrary<AlertTerms> = fc.record({
    market: fc.constantFrom('SPOT', 'FUTURES'),
    symbols: fc.constantFrom([BTC], [BTC, { base: 'ETH', quote: 'USDT' }]),
    defaultQuote: fc.constant('USDT'),
    fullContracts: fc.constantFrom(null, decimal('4')),
    maxLagS: fc.constant(120),
  });
  fc.assert(
    fc.property(oddBodies(SAMPLES, PIECES), terms, (text, strategy) => {
      const body = readSignalBody(new TextEncoder().encode(text));
      const alert = body.ok ? parseAlert(body.value, strategy, NOW) : body;
      count(alert.ok ? alert.value.intent.action : alert.error.reason);
      if (!alert.ok) {
        expect(alert.error.message).toMatch(/^[a-z_]+(\[\d+\])?(\.\w+)?: .|is not in this strategy$|is a perpetual, /);
        return;
      }
      const { pair, intent } = alert.value;
      expect(
        pair === null ? intent.action : strategy.symbols.some(({ base, quote }) => pair === `${base}-${quote}`),
      ).toEqual(pair === null ? 'exit_all' : true);
      if (intent.action === 'reduce') expect(intent.ratio.gt(0) && intent.ratio.lte(1)).toBe(true);
      if (!('wanted' in intent)) return;
      const { openItems, closeItems, leverage } = intent.wanted;
      expect(openItems).toHaveLength(1);
      for (const { amount, orderType, limitPrice, expiresAt } of openItems) {
        expect(amount.gt(0) && amount.lte(1)).toBe(true);
        expect([limitPrice !== null, expiresAt !== null]).toEqual(Array(2).fill(orderType === 'limit'));
      }
      for (const { ratio, trigger } of closeItems)
        expect(ratio.gt(0) && ratio.lte(1) && (trigger.kind === 'exact' ? trigger.price : trigger.ratio).gt(0)).toBe(
          true,
        );
      if (strategy.market === 'SPOT') expect(leverage?.toFixed() ?? '1').toBe('1');
    }),
    { numRuns: 4000 },
  );
  const intents = ['enter', 'increase', 'reduce', 'close', 'reverse', 'desired', 'exit_all'];
  for (const what of [...intents, 'rejected_schema', 'rejected_symbol', 'rejected_side', 'expired'])
    expect([what, (seen.get(what) ?? 0) > 3]).toEqual([what, true]);
});
