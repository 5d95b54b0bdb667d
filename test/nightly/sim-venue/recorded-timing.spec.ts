import { expect, it, jest } from '@jest/globals';
import { REAL_CLOCK } from '../../../apps/sim-venue/src/market/replay/player-clock.js';
import { medianShare, playRecorded, RECORDED } from '../../integration/sim-venue/recorded-captures.js';
import { recordedMarket } from '../../support/recorded-market.js';

jest.setTimeout(300_000);

it.each(['spot', 'usdm'] as const)(
  'VE-C51 the recorded %s capture at speed 10 takes a tenth of its time on the real clock, within 5 %%',
  async (product) => {
    const { file, absent } = recordedMarket(RECORDED[product].file);
    if (absent !== null) {
      process.stdout.write(`skipped: ${absent}\n`);
      return;
    }
    const played = await playRecorded(product, file, 10, REAL_CLOCK);
    const { dueMs, appliedMs } = played.at(-1) as (typeof played)[number];
    expect(dueMs).toBeGreaterThan(34_400);
    expect(appliedMs).toBeGreaterThan(dueMs - 1);
    expect(medianShare(played)).toBeLessThan(1.05);
  },
);
