import { addMs, type ClientOrderId, type EpochMs, type VenueOrderId } from '#domain';
import type { Logger } from '#observability';
import {
  AccountStateRepository,
  ChildOrderRepository,
  FillRepository,
  type Database,
  type DatabaseClock,
  type HeldAccount,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Cause, OrderView, VenueFill } from '#venues';
import type { Booking, ChildKey } from '../orders/booking.js';
import { dueAfter } from '../orders/work-order.js';
import type { AccountSession } from './account-sessions.js';

/** What an event changed in the last seconds is left to the next round: lists lag behind streams (venues.md A7). */
const SETTLE_MS = 5_000;

/** Why a comparison did not come to its end; `waits` when only the budget was short, and nothing is wrong. */
export interface Unfinished {
  readonly text: string;
  readonly waits: boolean;
}

function unfinished(what: string, { why }: { readonly why: Cause }): Unfinished {
  return { text: `${what}: ${why.text}`, waits: why.code === 'BUDGET' };
}

/** One comparison of our rows with the venue's: orders, then fills, then balances. Methods return why they failed, or null. */
export class Reconciliation {
  constructor(
    private readonly account: HeldAccount,
    private readonly session: AccountSession,
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly booking: Booking,
    private readonly logger: Logger,
    /** Orders of others that were asked for before, so that each is asked for once. */
    private readonly foreign: Set<string>,
  ) {}

  /** @param fillsFromMs how far before the last confirmation fills are asked for again */
  async everything(fillsFromMs: number): Promise<Unfinished | null> {
    const { accountId } = this.account;
    const state = await this.read((tx) => new AccountStateRepository(tx, this.account.tenantId).read(accountId));
    const from = addMs(state?.confirmedAt ?? this.clock.now(), -fillsFromMs);
    return (await this.openOrders()) ?? (await this.fills(from)) ?? (await this.balancesAndFees());
  }

  /** Every order that we hold open is either in the venue's list, or looked up one by one. */
  async openOrders(): Promise<Unfinished | null> {
    const listed = await this.session.session.openOrders(undefined, 'reduce');
    if (listed.kind === 'failed') return unfinished('open orders', listed);
    const ours = await this.read((tx) => this.children(tx).openOf(this.account.accountId));
    const byId = new Map(listed.value.map((o) => [o.clientOrderId, o]));
    for (const child of ours) {
      const view = byId.get(child.order.clientOrderId);
      if (view !== undefined) await this.adopt(child, view);
      else if (this.shouldLookUp(child)) await this.lookUp(child);
    }
    const held = new Set(ours.map((child) => child.order.clientOrderId));
    for (const view of listed.value)
      if (view.clientOrderId !== null && !held.has(view.clientOrderId))
        await this.cancelIfClosed(view, view.clientOrderId);
    return null;
  }

  /** An order of ours that lives at the venue although we hold it closed would be a second execution: it is cancelled. */
  private async cancelIfClosed(view: OrderView, clientOrderId: ClientOrderId): Promise<void> {
    const { accountId } = this.account;
    const child = await this.read(async (tx) => {
      const key = await this.children(tx).findKey(accountId, clientOrderId);
      return key === null ? null : this.children(tx).find(key.parentOrderId, key.sequence);
    });
    const state = child?.order.state;
    if (state?.status !== 'closed' || this.clock.now() - state.closedAt < SETTLE_MS) return;
    this.logger.error(
      { clientOrderId, venueOrderId: view.venueOrderId },
      'closed order lives at the venue: cancelling it',
    );
    const reserved = await this.session.session.reserve('cancel', 'cancel');
    if (!reserved.granted) return; // the next comparison tries again
    const { symbol, venueOrderId } = view;
    await this.session.session.cancel({ symbol, clientOrderId, venueOrderId }, reserved.permit);
  }

  private async adopt(child: StoredChildOrder, view: OrderView): Promise<void> {
    const known = child.order.state.status === 'working' && view.cumQty.lte(child.order.cumQty);
    if (!known) await this.booking.apply(child, { view, fills: [] });
  }

  private shouldLookUp(child: StoredChildOrder): boolean {
    const { status } = child.order.state;
    if (status === 'pending' || status === 'claimed') return false;
    return this.clock.now() - child.updatedAt > SETTLE_MS;
  }

  private lookUp(child: StoredChildOrder): Promise<void> {
    return this.db.inTenant(child.tenantId, async (tx) => {
      const parent = await this.children(tx).lockParent(child.parentOrderId);
      if (parent !== null) await dueAfter(tx, this.clock, 'child.resolve', child, 0, parent.traceId);
    });
  }

  private async fills(from: EpochMs): Promise<Unfinished | null> {
    const { accountId, tenantId } = this.account;
    const symbols = await this.read((tx) => this.children(tx).activeSymbols(accountId, from));
    for (const symbol of symbols) {
      const told = await this.session.session.fillsSince(symbol, from, 'reduce');
      if (told.kind === 'failed') return unfinished(`fills of ${symbol}`, told);
      const missing = await this.read((tx) => new FillRepository(tx, tenantId).unbooked(accountId, symbol, told.value));
      for (const fill of missing) {
        const key = await this.ownerOf(symbol, fill);
        if (key !== null) await this.booking.apply(key, { view: null, fills: [fill] });
      }
    }
    return null;
  }

  private async ownerOf(symbol: string, fill: VenueFill): Promise<ChildKey | null> {
    const { accountId, tenantId } = this.account;
    const found = await this.read(async (tx) => {
      const byId = fill.clientOrderId === null ? null : await this.children(tx).findKey(accountId, fill.clientOrderId);
      return byId ?? (await this.children(tx).findByVenueOrder(accountId, symbol, fill.venueOrderId));
    });
    const owner = found ?? (await this.askWhose(symbol, fill.venueOrderId));
    return owner === null ? null : { tenantId, ...owner };
  }

  /** A fill may belong to a child whose order id at the venue we never learned: the venue is asked for its client id. */
  private async askWhose(symbol: string, venueOrderId: VenueOrderId): Promise<Omit<ChildKey, 'tenantId'> | null> {
    const name = `${symbol}/${venueOrderId}`;
    if (this.foreign.has(name)) return null;
    const found = await this.session.session.findOrder({ symbol, venueOrderId }, 'reduce');
    if (found.kind !== 'found') return null;
    const { clientOrderId } = found.order;
    const key =
      clientOrderId === null
        ? null
        : await this.read((tx) => this.children(tx).findKey(this.account.accountId, clientOrderId));
    if (key === null) this.foreign.add(name);
    return key;
  }

  private async balancesAndFees(): Promise<Unfinished | null> {
    const { accountId, tenantId } = this.account;
    const askedAt = this.clock.now();
    const balances = await this.session.session.balances('reduce');
    if (balances.kind === 'failed') return unfinished('balances', balances);
    const fees = await this.session.session.fees('reduce');
    if (fees.kind === 'failed') return unfinished('fees', fees);
    await this.read(async (tx) => {
      const states = new AccountStateRepository(tx, tenantId);
      // A stream event that overtook the question is newer than the answer.
      await states.saveBalances(accountId, balances.value, 'poll', addMs(askedAt, this.session.offset.offsetMs()));
      await states.setFees(accountId, fees.value);
    });
    return null;
  }

  private children(tx: Tx): ChildOrderRepository {
    return new ChildOrderRepository(tx, this.account.tenantId);
  }

  private read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.inTenant(this.account.tenantId, work);
  }
}
