import { whyNotChange, type MarginType, type Standing, type VenueOrderId } from '#domain';
import {
  AccountCommandRepository,
  AccountSettingsRepository,
  ChildOrderRepository,
  ExternalOrderRepository,
  PositionRepository,
  type AccountCommand,
  type Database,
  type HeldAccount,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { Cause, SettingChange } from '#venues';
import type { AccountSession } from './account-sessions.js';

const RETRY_MS = 2_000;

/** `again`: nothing was decided, the command stays due. */
type Outcome =
  { readonly kind: 'done' | 'refused'; readonly text: string } | { readonly kind: 'again'; readonly text: string };

const refused = (text: string): Outcome => ({ kind: 'refused', text });

/**
 * Carries out what people asked to be done at one account itself: the cancel of an order of others, a change of settings.
 * The intent is a row; who holds the lease sends. Both may be repeated: a cancel and a setting say how it shall be.
 */
export class AccountCommands {
  constructor(
    private readonly account: HeldAccount,
    private readonly db: Database,
    private readonly logger: Logger,
  ) {}

  /** True when a setting was changed, so that everything must be compared again. */
  async run(command: AccountCommand, session: AccountSession): Promise<boolean> {
    const isCancel = command.kind === 'cancel_external';
    const outcome = isCancel ? await this.cancelExternal(command, session) : await this.change(command, session);
    const { accountId } = this.account;
    this.logger.warn({ accountId, command: command.kind, symbol: command.symbol, ...outcome }, 'account command');
    await this.inTenant(async (tx) => {
      if (outcome.kind === 'again') return this.commands(tx).postpone(command.id, RETRY_MS, outcome.text);
      if (outcome.kind === 'done' && !isCancel) await this.configure(tx, command);
      await this.commands(tx).finish(command, outcome.kind, outcome.text);
    });
    return !isCancel && outcome.kind === 'done';
  }

  private async cancelExternal(command: AccountCommand, { session, venue }: AccountSession): Promise<Outcome> {
    const { accountId } = this.account;
    const order = await this.inTenant((tx) =>
      new ExternalOrderRepository(tx, this.account.tenantId).find(accountId, command.symbol, command.argument),
    );
    if (order === null) return refused(`no external order ${command.argument} of ${command.symbol}`);
    if (order.status !== 'working') return { kind: 'done', text: `ended before: ${order.status}` };
    const reserved = await session.reserve('cancel', 'cancel', { symbol: order.symbol });
    if (!reserved.granted) return { kind: 'again', text: reserved.reason };
    const sent = await session.cancelExternal(
      { symbol: order.symbol, venueOrderId: command.argument as VenueOrderId },
      reserved.permit,
    );
    switch (sent.kind) {
      case 'done':
        if (sent.value.kind === 'gone') return { kind: 'done', text: 'the venue has no such open order' };
        return { kind: 'done', text: 'canceled' };
      case 'refused':
        return sent.retryAt === undefined ? refused(sent.why.text) : { kind: 'again', text: sent.why.text };
      case 'not_sent':
        return sent.why.code === 'UNSUPPORTED'
          ? refused(`${venue.id}: ${sent.why.text}`)
          : { kind: 'again', text: sent.why.text };
      case 'unknown':
        return { kind: 'again', text: sent.why.text };
    }
  }

  /** Never with an open order or a position in that symbol (venues.md A8); for the hedge mode, in any. */
  private async change(command: AccountCommand, { session, venue }: AccountSession): Promise<Outcome> {
    const change = toChange(command);
    if (change === null) return refused(`must be a setting, was ${command.kind} ${command.argument}`);
    const inTheWay = await this.inTheWay(command.symbol, { session, venue });
    if (inTheWay !== null) return inTheWay;
    const sent = await session.apply(change, 'reduce');
    switch (sent.kind) {
      case 'done':
        return { kind: 'done', text: 'changed' };
      case 'refused':
        return sent.retryAt === undefined ? refused(sent.why.text) : { kind: 'again', text: sent.why.text };
      case 'not_sent':
        return sent.why.code === 'UNSUPPORTED'
          ? refused(`${venue.id}: ${sent.why.text}`)
          : { kind: 'again', text: sent.why.text };
      case 'unknown':
        return { kind: 'again', text: sent.why.text };
    }
  }

  /** The venue is asked before our rows are read: what others do there may not have reached us yet. */
  private async inTheWay(symbol: string, at: Pick<AccountSession, 'session' | 'venue'>): Promise<Outcome | null> {
    const told = await this.standingAtVenue(symbol, at);
    if (told.kind === 'failed') return { kind: 'again', text: told.why.text };
    const why = whyNotChange(symbol, told.value) ?? whyNotChange(symbol, await this.standingInRows());
    return why === null ? null : refused(why);
  }

  private async standingAtVenue(
    symbol: string,
    { session, venue }: Pick<AccountSession, 'session' | 'venue'>,
  ): Promise<{ readonly kind: 'ok'; readonly value: Standing } | { readonly kind: 'failed'; readonly why: Cause }> {
    const orders = await session.openOrders(symbol === '' ? undefined : symbol, 'reduce');
    if (orders.kind === 'failed') return orders;
    const [lost] = orders.unreadable ?? [];
    if (lost !== undefined) return { kind: 'failed', why: lost };
    if (!venue.traits.positions) return { kind: 'ok', value: { orders: orders.value, positions: [] } };
    const positions = await session.positions('reduce');
    if (positions.kind === 'failed') return positions;
    return { kind: 'ok', value: { orders: orders.value, positions: positions.value } };
  }

  /** Ours count from the decision on: one that is about to leave is in no list of the venue. */
  private standingInRows(): Promise<Standing> {
    const { accountId, tenantId } = this.account;
    return this.inTenant(async (tx) => {
      const [children, external, positions] = await Promise.all([
        new ChildOrderRepository(tx, tenantId).openOf(accountId),
        new ExternalOrderRepository(tx, tenantId).working(accountId),
        new PositionRepository(tx, tenantId).ofAccount(accountId),
      ]);
      // One that cannot be read may stand as well as any other.
      return { orders: [...children.children, ...children.unreadable, ...external], positions };
    });
  }

  /** What was changed by command is what is configured from then on. */
  private configure(tx: Tx, { kind, symbol, argument }: AccountCommand): Promise<void> {
    const settings = new AccountSettingsRepository(tx, this.account.tenantId);
    const { accountId } = this.account;
    if (kind === 'set_hedge_mode') return settings.setHedgeMode(accountId, argument === 'on');
    return settings.setSymbol(
      accountId,
      symbol,
      kind === 'set_leverage' ? { leverage: argument } : { marginType: argument as MarginType },
    );
  }

  private commands(tx: Tx): AccountCommandRepository {
    return new AccountCommandRepository(tx, this.account.tenantId);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.inTenant(this.account.tenantId, work);
  }
}

function toChange({ kind, symbol, argument }: AccountCommand): SettingChange | null {
  if (kind === 'set_hedge_mode' && /^(on|off)$/.test(argument)) return { kind: 'hedge_mode', on: argument === 'on' };
  if (kind === 'set_leverage' && /^[1-9]\d{0,2}$/.test(argument))
    return { kind: 'leverage', symbol, leverage: Number(argument) };
  if (kind === 'set_margin_type' && (argument === 'cross' || argument === 'isolated'))
    return { kind: 'margin_type', symbol, marginType: argument };
  return null;
}
