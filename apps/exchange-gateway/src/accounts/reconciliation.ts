import { addMs, settingsDifference, type ActualSettings, type EpochMs } from '#domain';
import {
  AccountSettingsRepository,
  AccountStateRepository,
  ChildOrderRepository,
  MarginTierRepository,
  PositionRepository,
  type Tx,
} from '#persistence';
import { listsAllAtOnce, UNSUPPORTED, type OrderView, type Read, type VenueFill, type VenueLimits } from '#venues';
import { FillComparison } from './compare-fills.js';
import { balanceMismatches, positionMismatches, toStoredPosition } from './compare-holdings.js';
import { OrderComparison } from './compare-orders.js';
import { CouldNotRead, read, SETTLE_MS, type Begun, type ReconciliationParts, type Scope } from './comparison.js';
import type { Drift, DriftKind } from './drift.js';
import { TakenBack } from './taken-back.js';
import { Unreadable } from './unreadable.js';
import { readFills } from '../venue/read-fills.js';

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
  /** When the budget may allow it; 0: not known. */
  readonly retryInMs: number;
}

/** What a comparison came to. */
export type Compared =
  | { readonly kind: 'unfinished'; readonly why: Unfinished }
  | {
      readonly kind: 'compared';
      /** Undefined when settings were not asked for. */
      readonly settingsDiffer: string | null | undefined;
      /** In how many symbols something may have happened. */
      readonly symbols: number;
      /** The list of open orders was that of all symbols. */
      readonly ofAllSymbols: boolean;
    };

/** Symbols in which something may have happened, and since when. */
type Asked = ReadonlyMap<string, EpochMs>;

/**
 * Compares our rows with the venue's and books the difference (venues.md A7). Each is applied as soon as it was read,
 * orders first: what cannot be read does not keep back what could. What is cut off by its budget goes on where it was.
 */
export class Reconciliation {
  private readonly orders: OrderComparison;
  private readonly fills: FillComparison;
  private readonly drift: Drift;
  private readonly unreadable: Unreadable;

  constructor(
    private readonly parts: ReconciliationParts,
    private readonly begun: Begun,
    private readonly limits?: VenueLimits,
  ) {
    this.drift = begun.drift;
    this.unreadable = new Unreadable(parts, begun.drift);
    this.orders = new OrderComparison(parts, begun.drift, this.unreadable);
    this.fills = new FillComparison(parts, begun.drift, this.unreadable);
  }

  /** Settings, open orders, orders and fills of late, balances, positions: as far as the scope wants them. */
  everything(): Promise<Compared> {
    const { account, clock, metrics } = this.parts;
    const { scope, steps } = this.begun;
    return this.reading(async () => {
      const settingsDiffer = scope.withSettings
        ? await steps.once('settings', () => this.compareSettings())
        : undefined;
      const askedAt = await steps.once('orders asked at', () => Promise.resolve(clock.now()));
      const open = await steps.once('open orders', () => this.openOrdersOf(undefined));
      const asked = await steps.once('asked', () => this.whatToAsk(scope));
      await steps.once('orders', async () => {
        const recent: OrderView[] = [];
        if (scope.doubt !== null)
          for (const [symbol, from] of asked) recent.push(...(await this.ordersOf(symbol, from)));
        await this.orders.apply({ open, recent, askedAt }, scope.doubt !== null);
      });
      for (const [symbol, from] of asked) await steps.once(`fills of ${symbol}`, () => this.compareFills(symbol, from));
      await steps.once('balances', () => this.compareBalances());
      if (scope.withFees) await steps.once('fees', () => this.readFees());
      await steps.once('positions', () => this.comparePositions());
      await this.parts.external.endMissing(open, this.parts.session, askedAt);
      await this.auditDrift();
      this.drift.show(metrics, account, ['order', 'fill', 'balance', 'position']);
      return { kind: 'compared', settingsDiffer, symbols: asked.size, ofAllSymbols: true };
    });
  }

  /**
   * Every order that we hold open is either in the venue's list, or looked up one by one.
   * @param all of all symbols, those included in which we have no order; else of the active ones
   */
  openOrders(all: boolean): Promise<Compared> {
    const { account, session, clock, metrics } = this.parts;
    const { steps } = this.begun;
    return this.reading(async () => {
      const symbols = await steps.once('symbols', () => this.activeSymbols(0));
      const isWhole = all || symbols.length > MOST_SYMBOL_LISTS || this.allAtOnce(symbols.length);
      const askedAt = await steps.once('orders asked at', () => Promise.resolve(clock.now()));
      const open: OrderView[] = [];
      for (const symbol of isWhole ? [undefined] : symbols)
        open.push(...(await steps.once(`open orders of ${symbol ?? 'all'}`, () => this.openOrdersOf(symbol))));
      await this.orders.apply({ open, recent: [], askedAt }, false);
      if (isWhole) await this.parts.external.endMissing(open, session, askedAt);
      await this.auditDrift();
      this.drift.show(metrics, account, ['order']);
      return { kind: 'compared', settingsDiffer: undefined, symbols: symbols.length, ofAllSymbols: isWhole };
    });
  }

  /** Children in doubt that nobody is about to look up get a look-up of their own. Returns how many. */
  async doubts(): Promise<number> {
    const { account } = this.parts;
    const forgotten = await this.inTenant((tx) => this.children(tx).forgottenDoubts(account.accountId, DOUBT_MS));
    for (const child of forgotten) await this.orders.lookUp(child);
    return forgotten.length;
  }

  /** In which we have orders, or had any within `withinMs`. */
  activeSymbols(withinMs: number): Promise<readonly string[]> {
    const { account, clock } = this.parts;
    return this.inTenant((tx) => this.children(tx).activeSymbols(account.accountId, addMs(clock.now(), -withinMs)));
  }

  private async reading(work: () => Promise<Compared>): Promise<Compared> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CouldNotRead)) throw error;
      await this.auditDrift();
      const { retryAt, waits } = error;
      const retryInMs = retryAt === undefined ? 0 : Math.max(0, retryAt - this.parts.clock.now());
      return { kind: 'unfinished', why: { text: error.message, waits, retryInMs } };
    }
  }

  private auditDrift(): Promise<void> {
    const { account, db } = this.parts;
    return this.drift.audit(db, account, this.begun.scope.doubt ?? 'periodic');
  }

  private allAtOnce(symbols: number): boolean {
    const { calls } = this.parts.session.venue.profile;
    return symbols > 1 && this.limits !== undefined && listsAllAtOnce(this.limits, calls, symbols);
  }

  private openOrdersOf(symbol: string | undefined): Promise<readonly OrderView[]> {
    const { priority } = this.begun.scope;
    const soFar = this.begun.steps.pages<OrderView>(`open orders of ${symbol ?? 'all'}`);
    return this.list('order', 'open orders', this.parts.session.session.openOrders(symbol, priority, soFar));
  }

  private ordersOf(symbol: string, from: EpochMs): Promise<readonly OrderView[]> {
    const { scope, steps } = this.begun;
    const what = `orders of ${symbol}`;
    const { session } = this.parts.session;
    return steps.once(what, () =>
      this.list('order', what, session.ordersSince(symbol, from, scope.priority, steps.pages<OrderView>(what))),
    );
  }

  /** The rows that can be read; of the others it is told. @throws CouldNotRead */
  private async list<T>(kind: DriftKind, what: string, asked: Promise<Read<readonly T[]>>): Promise<readonly T[]> {
    const told = await asked;
    if (told.kind === 'failed') throw new CouldNotRead(what, told.why, told.retryAt);
    for (const { text } of told.unreadable ?? []) this.unreadable.tell(kind, what, 'theirs', text);
    return told.value;
  }

  private async compareSettings(): Promise<string | null> {
    const { account, session } = this.parts;
    const told = await session.session.accountSettings(this.begun.scope.priority);
    if (told.kind === 'failed') {
      if (told.why.code === UNSUPPORTED) return null;
      throw new CouldNotRead('settings', told.why, told.retryAt);
    }
    const { marginTiers } = told.value;
    if (marginTiers !== undefined)
      await this.parts.db.inSystem((tx) => new MarginTierRepository(tx).tell(account.venue, marginTiers));
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

  private whatToAsk({ backMs }: Scope): Promise<Asked> {
    const { account, clock, session } = this.parts;
    const { accountId } = account;
    const now = clock.now();
    // The venue dates by its own clock: where that is behind ours, each window begins so much earlier.
    const behindMs = Math.min(0, session.offset.offsetMs());
    return this.inTenant(async (tx) => {
      const state = await new AccountStateRepository(tx, account.tenantId).read(accountId);
      const from = addMs(state?.confirmedAt ?? now, behindMs - backMs);
      const symbols = await this.children(tx).activeSymbols(accountId, from);
      const since = new Map(symbols.map((symbol) => [symbol, from]));
      for (const inferred of await this.children(tx).withInferredFills(accountId, addMs(now, -INFERRED_KEPT_MS)))
        since.set(inferred.symbol, Math.min(since.get(inferred.symbol) ?? now, inferred.from + behindMs) as EpochMs);
      // The second look at a fill goes as far back as the first.
      for (const suspect of this.parts.suspects.values())
        since.set(suspect.symbol, Math.min(since.get(suspect.symbol) ?? now, suspect.from) as EpochMs);
      return since;
    });
  }

  private async compareFills(symbol: string, from: EpochMs): Promise<void> {
    const { clock, session } = this.parts;
    const { scope, steps } = this.begun;
    const what = `fills of ${symbol}`;
    const askedAt = await steps.once(`${what} asked at`, () => Promise.resolve(clock.now()));
    const pages = steps.pages<VenueFill>(what);
    const told = await steps.once(`${what} told`, () =>
      this.list('fill', what, readFills(session, symbol, from, scope.priority, pages)),
    );
    await this.fills.apply(symbol, told);
    if (pages.unreadable.length > 0) return; // what is not in the list may be what cannot be read of it
    await this.unreadable.unless('fill', symbol, async () => {
      for (const mismatch of await new TakenBack(this.parts).compare(symbol, from, told, askedAt))
        this.drift.add(mismatch);
    });
  }

  private async compareBalances(): Promise<void> {
    const { account, clock, session } = this.parts;
    const askedAt = clock.now();
    const balances = await read('balances', session.session.balances(this.begun.scope.priority));
    const held = await this.inTenant(async (tx) => {
      const states = new AccountStateRepository(tx, account.tenantId);
      const before = await states.balances(account.accountId);
      await states.saveBalances(account.accountId, balances, 'poll', this.atVenue(askedAt), account.epoch);
      return before;
    });
    for (const one of balanceMismatches(held, balances, addMs(askedAt, -SETTLE_MS))) this.drift.add(one);
  }

  private async readFees(): Promise<void> {
    const { account, session } = this.parts;
    const fees = await read('fees', session.session.fees(this.begun.scope.priority));
    await this.inTenant((tx) =>
      new AccountStateRepository(tx, account.tenantId).setFees(account.accountId, fees, account.epoch),
    );
  }

  private async comparePositions(): Promise<void> {
    const { account, clock, session } = this.parts;
    if (!session.venue.traits.positions) return;
    const askedAt = clock.now();
    const positions = await read('positions', session.session.positions(this.begun.scope.priority));
    const ours = await this.inTenant(async (tx) => {
      const holdings = new PositionRepository(tx, account.tenantId);
      const before = await holdings.ofAccount(account.accountId);
      const stored = positions.map(toStoredPosition);
      await holdings.save(account.accountId, stored, 'poll', this.atVenue(askedAt), account.epoch);
      return before;
    });
    for (const one of positionMismatches(ours, positions, addMs(askedAt, -SETTLE_MS))) this.drift.add(one);
  }

  /** A stream event that overtook a question is newer than its answer. */
  private atVenue(at: EpochMs): EpochMs {
    return addMs(at, this.parts.session.offset.offsetMs());
  }

  private children(tx: Tx): ChildOrderRepository {
    return new ChildOrderRepository(tx, this.parts.account.tenantId);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}
