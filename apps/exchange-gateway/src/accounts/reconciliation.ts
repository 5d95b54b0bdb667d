import {
  addMs,
  settingsDifference,
  type ActualSettings,
  type ClientOrderId,
  type EpochMs,
  type VenueOrderId,
} from '#domain';
import type { Logger } from '#observability';
import {
  AccountSettingsRepository,
  AccountStateRepository,
  audit,
  ChildOrderRepository,
  FillRepository,
  PositionRepository,
  type Database,
  type DatabaseClock,
  type HeldAccount,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import { UNSUPPORTED, type Cause, type OrderView, type Read, type VenueFill } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking, ChildKey } from '../orders/booking.js';
import { dueAfter } from '../orders/work-order.js';
import { balanceMismatches, positionMismatches, toStoredPosition } from './compare-holdings.js';
import type { AccountSession } from './account-sessions.js';
import { Drift } from './drift.js';
import type { ExternalOrders } from './external-orders.js';
import { TakenBack, type Suspects } from './taken-back.js';

/** What an event changed in the last seconds is left to the next round: lists lag behind streams (venues.md A7). */
const SETTLE_MS = 5_000;
/** Children in doubt for longer than this are looked up, whoever was to do it. */
const DOUBT_MS = 5_000;
/** Up to so many symbols are listed one by one; the list of all costs a venue as much as a dozen. */
const MOST_SYMBOL_LISTS = 10;
/** How long after their end orders with inferred fills are still asked for their trades. */
const INFERRED_KEPT_MS = 24 * 3_600_000;

/** Why a comparison did not come to its end; `waits` when only the budget was short, and nothing is wrong. */
export interface Unfinished {
  readonly text: string;
  readonly waits: boolean;
}

/** What a whole comparison came to. */
export type Compared =
  | { readonly kind: 'unfinished'; readonly why: Unfinished }
  /** `settingsDiffer` is undefined when settings were not asked for. */
  | { readonly kind: 'compared'; readonly settingsDiffer: string | null | undefined };

export interface ReconciliationParts {
  readonly account: HeldAccount;
  readonly session: AccountSession;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly booking: Booking;
  readonly external: ExternalOrders;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  /** Orders of others that were asked for before, so that each is asked for once. */
  readonly foreign: Set<string>;
  /** Fills that one comparison proved to be taken back: the next decides. */
  readonly suspects: Suspects;
}

/** What is asked of the venue in a whole comparison. */
interface Scope {
  /** What it is made for; null for the periodic one. */
  readonly doubt: string | null;
  /** How far before the last confirmation orders and fills are asked for again. */
  readonly backMs: number;
  readonly withSettings: boolean;
}

interface Heard {
  readonly open: readonly OrderView[];
  readonly orders: readonly OrderView[];
  /** Symbols in which something may have happened, and since when. */
  readonly asked: ReadonlyMap<string, EpochMs>;
}

/** The trades of each symbol, and when they were asked for: what is booked from then on may be none of them. */
type HeardFills = ReadonlyMap<string, { readonly askedAt: EpochMs; readonly told: readonly VenueFill[] }>;

class CouldNotRead extends Error {
  constructor(
    readonly what: string,
    readonly why: Cause,
  ) {
    super(`${what}: ${why.text}`);
  }
}

/** Compares our rows with the venue's and books the difference (venues.md A7). Each is applied as
 * soon as it was read, orders first: what cannot be read does not keep back what could. */
export class Reconciliation {
  private readonly drift = new Drift();

  constructor(private readonly parts: ReconciliationParts) {}

  /** Settings, open orders, orders and fills of late, balances, positions. */
  async everything(scope: Scope): Promise<Compared> {
    const { account, session, metrics } = this.parts;
    return this.reading(async () => {
      const settingsDiffer = scope.withSettings ? await this.compareSettings() : undefined;
      const heard = await this.hearOrders(scope);
      await this.applyOrders(heard, scope.doubt !== null);
      const fills = await this.hearFills(heard.asked);
      await this.applyFills(fills);
      await this.findTakenBack(heard.asked, fills);
      const askedAt = this.parts.clock.now();
      const balances = await read('balances', session.session.balances('reduce'));
      const fees = await read('fees', session.session.fees('reduce'));
      const positions = session.venue.traits.positions
        ? await read('positions', session.session.positions('reduce'))
        : [];
      await this.parts.external.endMissing(heard.open, session, this.parts.clock.now());
      // A stream event that overtook the question is newer than the answer.
      const venueAt = addMs(askedAt, session.offset.offsetMs());
      await this.inTenant(async (tx) => {
        const states = new AccountStateRepository(tx, account.tenantId);
        const holdings = new PositionRepository(tx, account.tenantId);
        const [held, ours] = await Promise.all([
          states.balances(account.accountId),
          holdings.ofAccount(account.accountId),
        ]);
        const settledBefore = addMs(askedAt, -SETTLE_MS);
        for (const one of balanceMismatches(held, balances, settledBefore)) this.drift.add(one);
        for (const one of positionMismatches(ours, positions, settledBefore)) this.drift.add(one);
        await states.saveBalances(account.accountId, balances, 'poll', venueAt, account.epoch);
        await states.setFees(account.accountId, fees, account.epoch);
        if (session.venue.traits.positions)
          await holdings.save(account.accountId, positions.map(toStoredPosition), 'poll', venueAt, account.epoch);
        await this.drift.audit(tx, account, scope.doubt ?? 'periodic');
      });
      this.drift.show(metrics, account, ['order', 'fill', 'balance', 'position']);
      return { kind: 'compared', settingsDiffer };
    });
  }

  /**
   * Every order that we hold open is either in the venue's list, or looked up one by one.
   * @param all of all symbols, those included in which we have no order; else of the active ones
   */
  async openOrders(all: boolean): Promise<Compared> {
    const { account, session, clock, metrics } = this.parts;
    return this.reading(async () => {
      const symbols = await this.inTenant((tx) => this.children(tx).activeSymbols(account.accountId, clock.now()));
      const isWhole = all || symbols.length > MOST_SYMBOL_LISTS;
      const open: OrderView[] = [];
      for (const symbol of isWhole ? [undefined] : symbols)
        open.push(...(await read('open orders', session.session.openOrders(symbol, 'reduce'))));
      await this.applyOrders({ open, orders: [], asked: new Map() }, false);
      if (isWhole) await this.parts.external.endMissing(open, session, clock.now());
      if (this.drift.size > 0) await this.inTenant((tx) => this.drift.audit(tx, account, 'open orders'));
      this.drift.show(metrics, account, ['order']);
      return { kind: 'compared', settingsDiffer: undefined };
    });
  }

  /** Children in doubt that nobody is about to look up get a look-up of their own. Returns how many. */
  async doubts(): Promise<number> {
    const { account } = this.parts;
    const forgotten = await this.inTenant((tx) => this.children(tx).forgottenDoubts(account.accountId, DOUBT_MS));
    for (const child of forgotten) await this.lookUp(child);
    return forgotten.length;
  }

  private async reading(work: () => Promise<Compared>): Promise<Compared> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CouldNotRead)) throw error;
      return { kind: 'unfinished', why: { text: error.message, waits: error.why.code === 'BUDGET' } };
    }
  }

  private async compareSettings(): Promise<string | null> {
    const { account, session } = this.parts;
    const told = await session.session.accountSettings('reduce');
    if (told.kind === 'failed') {
      if (told.why.code === UNSUPPORTED) return null;
      throw new CouldNotRead('settings', told.why);
    }
    const configured = await this.inTenant((tx) =>
      new AccountSettingsRepository(tx, account.tenantId).read(account.accountId),
    );
    const actual: ActualSettings = {
      hedgeMode: told.value.hedgeMode,
      bySymbol: new Map(
        [...told.value.bySymbol].map(([symbol, { leverage, marginType }]) => [
          symbol,
          { leverage: String(leverage), marginType },
        ]),
      ),
    };
    return settingsDifference(configured, actual);
  }

  private async hearOrders({ doubt, backMs }: Scope): Promise<Heard> {
    const { account, session, clock } = this.parts;
    const { accountId } = account;
    const open = await read('open orders', session.session.openOrders(undefined, 'reduce'));
    const now = clock.now();
    const asked = await this.inTenant(async (tx) => {
      const state = await new AccountStateRepository(tx, account.tenantId).read(accountId);
      const from = addMs(state?.confirmedAt ?? now, -backMs);
      const symbols = await this.children(tx).activeSymbols(accountId, from);
      const since = new Map(symbols.map((symbol) => [symbol, from]));
      for (const child of await this.children(tx).withInferredFills(accountId, addMs(now, -INFERRED_KEPT_MS))) {
        const known = since.get(child.symbol) ?? now;
        since.set(child.symbol, Math.min(known, child.claimedAt ?? child.createdAt) as EpochMs);
      }
      // The second look at a fill goes as far back as the first.
      for (const suspect of this.parts.suspects.values())
        since.set(suspect.symbol, Math.min(since.get(suspect.symbol) ?? now, suspect.from) as EpochMs);
      return since;
    });
    const orders: OrderView[] = [];
    for (const [symbol, from] of doubt === null ? [] : asked)
      orders.push(...(await read(`orders of ${symbol}`, session.session.ordersSince(symbol, from, 'reduce'))));
    return { open, orders, asked };
  }

  private async hearFills(asked: Heard['asked']): Promise<HeardFills> {
    const { clock, session } = this.parts;
    const fills = new Map<string, { askedAt: EpochMs; told: readonly VenueFill[] }>();
    for (const [symbol, from] of asked) {
      const askedAt = clock.now();
      const told = await read(`fills of ${symbol}`, session.session.fillsSince(symbol, from, 'reduce'));
      fills.set(symbol, { askedAt, told });
    }
    return fills;
  }

  /** @param isDoubt what changed a moment ago is applied all the same: no event of before can still be under way */
  private async applyOrders(heard: Heard, isDoubt: boolean): Promise<void> {
    const { account, clock } = this.parts;
    const ours = await this.inTenant((tx) => this.children(tx).openOf(account.accountId));
    const views = new Map<string, OrderView>();
    for (const view of [...heard.orders, ...heard.open])
      if (view.clientOrderId !== null) views.set(view.clientOrderId, newer(views.get(view.clientOrderId), view));
    const now = clock.now();
    for (const child of ours) {
      const { clientOrderId } = child.order;
      const isSettled = now - child.updatedAt > SETTLE_MS;
      const view = views.get(clientOrderId);
      if (view === undefined) {
        if (isSettled && mayBeMissing(child)) await this.missing(child);
      } else if (isSettled || isDoubt) await this.adopt(child, view, isSettled);
    }
    const held = new Set<string>(ours.map((child) => child.order.clientOrderId));
    const others: OrderView[] = [];
    for (const view of heard.open) {
      if (view.clientOrderId !== null && held.has(view.clientOrderId)) continue;
      const isOurs = view.clientOrderId !== null && (await this.cancelIfClosed(view, view.clientOrderId));
      if (!isOurs) others.push(view);
    }
    await this.parts.external.seen(others);
  }

  private async adopt(child: StoredChildOrder, view: OrderView, isSettled: boolean): Promise<void> {
    const { state, cumQty } = child.order;
    const differs = view.cumQty.gt(cumQty) || view.status !== 'working';
    if (state.status === 'working' && !differs) return;
    // A child in doubt is known to be; one that we hold to be working as we do is a difference.
    if (state.status === 'working' && isSettled)
      this.drift.add({
        kind: 'order',
        subject: child.order.clientOrderId,
        ours: `working ${cumQty.toFixed()}`,
        theirs: `${view.status} ${view.cumQty.toFixed()}`,
      });
    await this.parts.booking.apply(child, { view, fills: [] });
  }

  /** In no list that should have it: looked up before anything is concluded. */
  private async missing(child: StoredChildOrder): Promise<void> {
    if (child.order.state.status === 'working')
      this.drift.add({ kind: 'order', subject: child.order.clientOrderId, ours: 'working', theirs: 'not listed' });
    await this.lookUp(child);
  }

  /**
   * An order of ours that lives at the venue although we hold it closed would be a second execution: it is cancelled.
   * False for an order that is not ours, whatever its id looks like.
   */
  private async cancelIfClosed(view: OrderView, clientOrderId: ClientOrderId): Promise<boolean> {
    const { account, clock, logger } = this.parts;
    const found = await this.inTenant(async (tx) => {
      const key = await this.children(tx).findKey(account.accountId, clientOrderId);
      return key === null ? null : { child: await this.children(tx).find(key.parentOrderId, key.sequence) };
    });
    if (found === null) return false;
    const state = found.child?.order.state;
    if (state?.status !== 'closed' || clock.now() - state.closedAt < SETTLE_MS) return true;
    this.drift.add({ kind: 'order', subject: clientOrderId, ours: `closed ${state.reason}`, theirs: view.status });
    logger.error({ clientOrderId, venueOrderId: view.venueOrderId }, 'closed order lives at the venue: cancelling it');
    await this.cancelStray(view, clientOrderId);
    return true;
  }

  /** What came of it is on the audit trail; one that was not cancelled is in the next list, and tried again. */
  private async cancelStray({ symbol, venueOrderId }: OrderView, clientOrderId: ClientOrderId): Promise<void> {
    const { account, logger, session } = this.parts;
    const reserved = await session.session.reserve('cancel', 'cancel', { symbol });
    const sent = reserved.granted
      ? await session.session.cancel({ symbol, clientOrderId, venueOrderId }, reserved.permit)
      : ({ kind: 'not_sent', why: { code: 'BUDGET', text: reserved.reason } } as const);
    const outcome = sent.kind === 'done' ? sent.value.kind : sent.kind;
    const why = sent.kind === 'done' ? '' : `${sent.why.code}: ${sent.why.text}`;
    if (sent.kind !== 'done')
      logger.error({ clientOrderId, venueOrderId, outcome, why }, 'closed order that lives at the venue not cancelled');
    await this.inTenant((tx) =>
      audit(tx, account.tenantId, [
        {
          entity: 'child_order',
          entityId: clientOrderId,
          event: 'closed_order_cancelled',
          data: { outcome, why, venueOrderId },
        },
      ]),
    );
  }

  private lookUp(child: StoredChildOrder): Promise<void> {
    return this.parts.db.inTenant(child.tenantId, async (tx) => {
      const parent = await this.children(tx).lockParent(child.parentOrderId);
      if (parent !== null) await dueAfter(tx, this.parts.clock, 'child.resolve', child, 0, parent.traceId);
    });
  }

  private async applyFills(fills: HeardFills): Promise<void> {
    const { accountId, tenantId } = this.parts.account;
    const now = this.parts.clock.now();
    for (const [symbol, { told }] of fills) {
      const missing = await this.inTenant((tx) => new FillRepository(tx, tenantId).unbooked(accountId, symbol, told));
      for (const fill of missing) {
        const key = await this.ownerOf(symbol, fill);
        if (key === null) continue;
        if (now - fill.tradedAt > SETTLE_MS)
          this.drift.add({
            kind: 'fill',
            subject: `${symbol}/${fill.venueOrderId}/${fill.tradeId}`,
            ours: 'none',
            theirs: fill.lastQty.toFixed(),
          });
        await this.parts.booking.apply(key, { view: null, fills: [fill] });
      }
    }
  }

  private async findTakenBack(asked: Heard['asked'], fills: HeardFills): Promise<void> {
    const takenBack = new TakenBack(this.parts);
    for (const [symbol, { askedAt, told }] of fills) {
      const from = asked.get(symbol);
      if (from === undefined) continue;
      for (const mismatch of await takenBack.compare(symbol, from, told, askedAt)) this.drift.add(mismatch);
    }
  }

  private async ownerOf(symbol: string, fill: VenueFill): Promise<ChildKey | null> {
    const { accountId, tenantId } = this.parts.account;
    const found = await this.inTenant(async (tx) => {
      const byId = fill.clientOrderId === null ? null : await this.children(tx).findKey(accountId, fill.clientOrderId);
      return byId ?? (await this.children(tx).findByVenueOrder(accountId, symbol, fill.venueOrderId));
    });
    const owner = found ?? (await this.askWhose(symbol, fill.venueOrderId));
    return owner === null ? null : { tenantId, ...owner };
  }

  /** A fill may belong to a child whose order id at the venue we never learned: the venue is asked for its client id. */
  private async askWhose(symbol: string, venueOrderId: VenueOrderId): Promise<Omit<ChildKey, 'tenantId'> | null> {
    const { account, external, foreign, session } = this.parts;
    const name = `${symbol}/${venueOrderId}`;
    if (foreign.has(name)) return null;
    const found = await session.session.findOrder({ symbol, venueOrderId }, 'reduce');
    if (found.kind !== 'found') return null;
    const { clientOrderId } = found.order;
    const key =
      clientOrderId === null
        ? null
        : await this.inTenant((tx) => this.children(tx).findKey(account.accountId, clientOrderId));
    if (key === null) {
      foreign.add(name);
      external.fillSeen();
      await external.seen([found.order]);
    }
    return key;
  }

  private children(tx: Tx): ChildOrderRepository {
    return new ChildOrderRepository(tx, this.parts.account.tenantId);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}

/** What never left us is in no list; what left a moment ago may not be yet, and its own worker sees to it. */
function mayBeMissing(child: StoredChildOrder): boolean {
  const { status } = child.order.state;
  return status !== 'pending' && status !== 'claimed';
}

/** Of two words on one order, the one that knows more. */
function newer(known: OrderView | undefined, view: OrderView): OrderView {
  if (known === undefined) return view;
  const knowsMore = known.cumQty.gt(view.cumQty) || (known.status !== 'working' && view.status === 'working');
  return knowsMore ? known : view;
}

/** @throws CouldNotRead */
async function read<T>(what: string, asked: Promise<Read<T>>): Promise<T> {
  const told = await asked;
  if (told.kind === 'failed') throw new CouldNotRead(what, told.why);
  return told.value;
}
