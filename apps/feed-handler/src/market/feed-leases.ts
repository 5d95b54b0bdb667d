import type { VenueId } from '#domain';
import type { Logger } from '#observability';
import type { MarketDataPublisher } from '#venues';
import type { FeedMetrics } from '../feed-metrics.js';
import { HandOver } from './hand-over.js';

/** A dead holder is followed within this and one look more; a live one renews several times meanwhile. */
const LEASE_MS = 3_000;
export const HOLD_EVERY_MS = 500;

/** For which venues this process speaks; where another does, it follows the market and waits (ADR 13). */
export class FeedLeases {
  private readonly held = new Set<VenueId>();
  private readonly others = new Set<VenueId>();
  private readonly handOver = new HandOver();

  constructor(
    private readonly publisher: Pick<MarketDataPublisher, 'hold' | 'release'>,
    private readonly metrics: Pick<FeedMetrics, 'holder' | 'staleEpochs'>,
    private readonly logger: Logger,
  ) {}

  /** As far as we know; whoever writes is asked again where it is written. */
  holds(venue: VenueId): boolean {
    return this.held.has(venue);
  }

  /** Whether another spoke for it when we last asked. */
  standsBy(venue: VenueId): boolean {
    return this.others.has(venue);
  }

  /**
   * Takes what is free and renews what is ours.
   * @param venues those that we know enough of to speak for
   * @param onTaken before the first word for a venue, or the first since its lease was free: what its last speaker left
   *   is read; a venue for which it fails is given back
   * @param isDeaf whether we hear nothing of the venue: then its lease is offered to others, who may hear more
   * @returns false when Redis does not answer
   */
  async renew(
    venues: Iterable<VenueId>,
    onTaken: (venue: VenueId) => Promise<void>,
    isDeaf: (venue: VenueId) => boolean,
  ): Promise<boolean> {
    let isHeard = true;
    for (const venue of venues) {
      const next = this.handOver.next(venue, isDeaf(venue), this.held.has(venue), performance.now());
      if (next === 'release') await this.offer(venue);
      if (next !== 'hold') continue;
      const holding = await this.publisher.hold(venue, LEASE_MS);
      if (holding === 'unreachable') isHeard = false;
      else if (holding === 'not_holder') this.lost(venue);
      else if (holding === 'taken' || !this.held.has(venue)) await this.take(venue, onTaken);
    }
    return isHeard;
  }

  lost(venue: VenueId): void {
    this.others.add(venue);
    this.metrics.holder.set({ venue }, 0);
    if (!this.held.delete(venue)) return;
    this.metrics.staleEpochs.inc({ service: 'feed-handler' });
    this.logger.warn({ venue }, 'another process speaks for the venue now');
  }

  async releaseAll(): Promise<void> {
    const held = [...this.held];
    this.held.clear();
    await Promise.all(held.map((venue) => this.publisher.release(venue)));
  }

  /** Our own count and status stay: another that takes over goes on from what is written. */
  private async offer(venue: VenueId): Promise<void> {
    this.held.delete(venue);
    this.metrics.holder.set({ venue }, 0);
    this.logger.warn({ venue }, 'nothing is heard of the venue here: its lease is offered to others');
    await this.publisher.release(venue);
  }

  private async take(venue: VenueId, onTaken: (venue: VenueId) => Promise<void>): Promise<void> {
    this.held.delete(venue);
    try {
      await onTaken(venue);
    } catch (error) {
      await this.publisher.release(venue);
      throw error;
    }
    this.others.delete(venue);
    this.held.add(venue);
    this.metrics.holder.set({ venue }, 1);
    this.logger.info({ venue }, 'speaking for the venue');
  }
}
