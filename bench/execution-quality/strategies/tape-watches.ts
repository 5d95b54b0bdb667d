import { type ParentOrderId, type TenantId } from '#domain';
import { WatchList } from '../../../apps/order-scheduler/src/wake/watch-list.js';
import type { ReplayVenue } from '../venue/replay-venue.js';
import type { EngineOrder, Watch, Watches } from './engine.js';
import type { MarketBoard } from './market-board.js';

const TENANT = 'bench' as TenantId;

/** The scheduler's own list of watches, with its rate limits, on simulated time. */
export class TapeWatches implements Watches {
  readonly #orders = new Map<ParentOrderId, EngineOrder>();
  readonly #list: WatchList;

  constructor(
    private readonly board: MarketBoard,
    venue: ReplayVenue,
  ) {
    this.#list = new WatchList(() => venue.timeline.now / 1_000);
  }

  set(order: EngineOrder, watch: Watch | null): void {
    this.#orders.set(order.id, order);
    this.#list.set(this.board.instrument, { id: order.id, tenantId: TENANT, traceId: '' }, watch);
  }

  forget(order: EngineOrder): void {
    this.#orders.delete(order.id);
    this.#list.forget(this.board.instrument, order.id);
  }

  /** The touch changed: orders whose watch it crosses decide at once. */
  touched(): void {
    if (this.#orders.size === 0) return;
    for (const { parentOrderId } of this.#list.crossedBy(this.board.touch())) this.#orders.get(parentOrderId)?.wake();
  }
}
