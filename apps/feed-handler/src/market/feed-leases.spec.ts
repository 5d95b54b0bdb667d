import { expect, it } from '@jest/globals';
import type { VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import type { Holding } from '#venues';
import { feedMetrics } from '../feed-metrics.js';
import { FeedLeases } from './feed-leases.js';

const SIM = 'sim' as VenueId;

it('begins anew with a venue whose lease it takes, also when it thought that it had it', async () => {
  const holdings: Holding[] = ['taken', 'kept', 'taken', 'unreachable', 'kept', 'not_holder', 'taken'];
  const publisher = {
    hold: () => Promise.resolve(holdings.shift() ?? 'unreachable'),
    release: () => Promise.resolve(),
  };
  const leases = new FeedLeases(publisher, feedMetrics(new Metrics()), createLogger('feed-handler', 'silent'));
  const begun: boolean[] = [];
  const seen: string[] = [];
  while (holdings.length > 0) {
    const before = begun.length;
    const isHeard = await leases.renew(
      [SIM],
      (venue) => {
        begun.push(leases.holds(venue));
        return Promise.resolve();
      },
      () => false,
    );
    const words = [isHeard ? 'heard' : 'unheard', leases.holds(SIM) ? 'holds' : '-'];
    seen.push([...words, begun.length > before ? 'begun' : '-'].join(' '));
  }
  expect(seen).toEqual([
    'heard holds begun',
    'heard holds -',
    'heard holds begun',
    'unheard holds -',
    'heard holds -',
    'heard - -',
    'heard holds begun',
  ]);
  // It is silent until what was told before is read.
  expect(begun).toEqual([false, false, false]);
});
