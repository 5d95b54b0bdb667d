import { expect, it, jest } from '@jest/globals';
import { REAL_CLOCK } from '../../../apps/sim-venue/src/market/replay/player-clock.js';
import { medianShare, playRecorded, RECORDED, type PlayedLine } from '../../integration/sim-venue/recorded-captures.js';
import { recordedMarket } from '../../support/recorded-market.js';

jest.setTimeout(300_000);

it('VE-C51 the recorded captures at speed 10, side by side, take a tenth of their time on the real clock, within 5 %', async () => {
  const files = (['spot', 'usdm'] as const).map((product) => ({ product, ...recordedMarket(RECORDED[product].file) }));
  const absent = files.flatMap((one) => one.absent ?? []);
  if (absent.length > 0) {
    process.stdout.write(`skipped: ${absent.join('; ')}\n`);
    return;
  }
  const both = await Promise.all(files.map(({ product, file }) => playRecorded(product, file, 10, REAL_CLOCK)));
  for (const played of both) {
    const { dueMs, appliedMs } = played.at(-1) as PlayedLine;
    expect(dueMs).toBeGreaterThan(34_400);
    expect(appliedMs).toBeGreaterThan(dueMs - 1);
    expect(medianShare(played)).toBeLessThan(1.05);
  }
});
