import type { Metrics } from '#observability';

/** What the feed handler counts (reliability.md 7.1). */
export function feedMetrics(metrics: Metrics) {
  return {
    age: metrics.gauge({
      name: 'tranche_feed_age_seconds',
      help: 'Time since what a channel told was last known to be right, the oldest of the venue',
      labelNames: ['venue', 'channel'],
    }),
    live: metrics.gauge({
      name: 'tranche_feed_live',
      help: '1 while the feed of an instrument is live',
      labelNames: ['venue', 'symbol'],
    }),
    holder: metrics.gauge({
      name: 'tranche_feed_holder',
      help: '1 in the process that speaks for the venue, 0 where it stands by',
      labelNames: ['venue'],
    }),
    staleEpochs: metrics.counter({
      name: 'tranche_stale_epoch_refused_total',
      help: 'Claims and leases lost to another process, and words under an older one',
      labelNames: ['service'],
    }),
    gaps: metrics.counter({
      name: 'tranche_feed_gaps_total',
      help: 'Books thrown away because a message was missing',
      labelNames: ['venue'],
    }),
    missedTrades: metrics.counter({
      name: 'tranche_feed_missed_trades_total',
      help: 'Public trades that could not be had afterwards; 1 for some of unknown number',
      labelNames: ['venue'],
    }),
    unpublished: metrics.counter({
      name: 'tranche_feed_unpublished_total',
      help: 'Snapshots that Redis did not take',
      labelNames: ['venue'],
    }),
  };
}

export type FeedMetrics = ReturnType<typeof feedMetrics>;
