import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isUuid, type AccountId, type VenueId } from '#domain';
import type { JsonObject } from '#order-intake';
import {
  AccountCommandRepository,
  AccountRepository,
  AccountSettingsRepository,
  AccountViewRepository,
  MOCK_ACCOUNT,
  type ManagedAccount,
  type TokenOwner,
  type Tx,
  violates,
} from '#persistence';
import { SubmitCredential } from '../credentials/submit-credential.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { AccountDirectory } from './account-directory.js';
import { carryOut } from './carry-out.js';
import { readAccountChange, showManagedAccount, type AccountChange } from './managed-account.js';

type View = Readonly<Record<string, unknown>>;

const MAX_ACCOUNTS = 100;

/** Opens, changes and archives accounts of the caller (order-api.md 8, 9). */
@Injectable()
export class ManageAccounts {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly directory: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(SubmitCredential) private readonly credentials: SubmitCredential,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
  ) {}

  async list(caller: TokenOwner, withArchived: boolean): Promise<View> {
    const all = await this.db.inTenant(caller.tenantId, (tx) =>
      new AccountViewRepository(tx, caller.tenantId).ofUser(caller.userId),
    );
    const listed = all.filter(({ name, isArchived }) => this.directory.isShown(name) && (withArchived || !isArchived));
    const instruments = await this.instruments.all();
    return { accounts: listed.map((account) => showManagedAccount(account, instruments, this.venues)) };
  }

  /** The venue is asked later whether the key is right. @throws ApiError */
  async create(caller: TokenOwner, body: JsonObject): Promise<View> {
    const change = this.read(body, true);
    const key = await this.credentials.intakeKey();
    return this.answer(caller, async (tx, views) => {
      const { tenantId, userId } = caller;
      const [name, exchange] = [change.name ?? '', change.exchange ?? ''];
      const [first, ...further] = this.venues.filter((venue) => venue.exchange === exchange);
      if (first === undefined) throw new Error('An exchange that was read must have a venue');
      if ((await views.count(userId)) >= MAX_ACCOUNTS)
        throw ApiError.ofFields({ name: [`at most ${MAX_ACCOUNTS} accounts may be open`] });
      const accounts = new AccountRepository(tx);
      if ((await accounts.ofUser(userId)).some((one) => one.name === name)) throw nameTaken(name);
      this.refuseMargin(change, exchange);
      const id = randomUUID() as AccountId;
      const stored = await accounts.add({ id, tenantId, userId, name, venue: first.id as VenueId, exchange });
      if (stored !== id) throw nameTaken(name);
      for (const { id: venue } of further) await accounts.addRoute(id, randomUUID() as AccountId, venue as VenueId);
      await views.log(id, 'account_added', { name, exchange });
      await this.apply(tx, views, await this.locked(views, caller, id), caller, change, key);
      return id;
    });
  }

  /**
   * What can be refused here is refused before the venue is asked for a mode, and where the venue refuses one, nothing is
   * changed here. What it has done by then is not undone: another mode, or this one where the name is taken meanwhile.
   * @throws ApiError
   */
  async update(caller: TokenOwner, named: unknown, body: JsonObject): Promise<View> {
    const change = this.read(body, false);
    const { tenantId } = caller;
    const before = await this.db.inTenant(tenantId, (tx) =>
      this.lockedFor(change, new AccountViewRepository(tx, tenantId), caller, named),
    );
    const key = change.credential === null ? null : await this.credentials.intakeKey();
    await this.setModes(caller, before, change);
    const changed = this.answer(caller, async (tx, views) => {
      const account = await this.lockedFor(change, views, caller, named);
      if (change.name !== null && change.name !== account.name) {
        if (!(await views.rename(account.id, change.name))) throw nameTaken(change.name);
        await views.log(account.id, 'account_renamed', { from: account.name, to: change.name });
      }
      await this.apply(tx, views, account, caller, { ...change, hedgeMode: null }, key);
      return account.id;
    });
    return changed.catch((error: unknown) => {
      // Two accounts took the name at once, and neither saw the other.
      if (change.name !== null && violates(error, 'accounts_user_id_name_key')) throw nameTaken(change.name);
      throw error;
    });
  }

  /** Waits for what the venues of the account say to it. @throws ApiError in their words */
  private async setModes(
    caller: TokenOwner,
    account: ManagedAccount,
    { hedgeMode, marginMode }: AccountChange,
  ): Promise<void> {
    const { tenantId } = caller;
    if (hedgeMode !== null && hedgeMode !== account.hedgeMode) {
      const argument = hedgeMode ? 'on' : 'off';
      for (const id of this.derivativesOf(account))
        await this.ask(caller, id, 'hedge_mode', { kind: 'set_hedge_mode', symbol: '', argument });
    }
    if (marginMode === null || marginMode === account.marginMode) return;
    const argument = marginMode === 'CROSS' ? 'cross' : 'isolated';
    for (const id of this.derivativesOf(account)) {
      const { bySymbol } = await this.db.inTenant(tenantId, (tx) =>
        new AccountSettingsRepository(tx, tenantId).read(id),
      );
      for (const [symbol, { marginType }] of bySymbol)
        if (marginType !== null && marginType !== argument)
          await this.ask(caller, id, 'margin_mode', { kind: 'set_margin_type', symbol, argument });
    }
  }

  /** @throws ApiError where it was not done */
  private async ask(
    caller: TokenOwner,
    id: AccountId,
    field: string,
    command: Parameters<typeof carryOut>[3],
  ): Promise<void> {
    const why = await carryOut(this.db, caller, id, command);
    if (why === null) return;
    const text = `${field} was not changed: ${why}`;
    throw new ApiError('save_failed', text, { errors: { [field]: [text] } });
  }

  /** @throws ApiError where no venue of the exchange can isolate margin: CROSS is what they all do */
  private refuseMargin({ marginMode }: AccountChange, exchange: string): void {
    if (marginMode !== 'ISOLATED') return;
    const able = this.venues.some(
      (venue) => venue.exchange === exchange && venue.product === 'linear' && venue.setsMargin !== false,
    );
    if (!able) throw ApiError.ofFields({ margin_mode: [`margin_mode ISOLATED cannot be set at ${exchange}`] });
  }

  /** @throws ApiError while an order uses it */
  async archive(caller: TokenOwner, named: unknown): Promise<View> {
    return this.answer(caller, async (_tx, views) => {
      const account = await this.locked(views, caller, named);
      if (account.name === MOCK_ACCOUNT.name)
        throw ApiError.ofFields({ id: [`account '${account.name}' cannot be archived`] });
      if (await views.isInUse(account.routeIds))
        throw new ApiError('account_in_use', `account '${account.name}' is used by orders that have not ended`);
      if (!account.isArchived) await views.archive(account.id, caller.userId);
      return account.id;
    });
  }

  private read(body: JsonObject, isNew: boolean): AccountChange {
    const change = readAccountChange(body, isNew, [...new Set(this.venues.map(({ exchange }) => exchange))]);
    if (!change.ok) throw ApiError.ofFields(change.error);
    return change.value;
  }

  private async apply(
    tx: Tx,
    views: AccountViewRepository,
    account: ManagedAccount,
    caller: TokenOwner,
    { marginMode, hedgeMode, credential }: AccountChange,
    key: Awaited<ReturnType<SubmitCredential['intakeKey']>> | null,
  ): Promise<void> {
    if (marginMode !== null) await views.setMarginMode(account.id, marginMode);
    if (hedgeMode !== null && hedgeMode !== account.hedgeMode)
      for (const id of this.derivativesOf(account))
        await new AccountCommandRepository(tx, caller.tenantId).add(id, caller.userId, {
          kind: 'set_hedge_mode',
          symbol: '',
          argument: hedgeMode ? 'on' : 'off',
        });
    if (credential !== null && key !== null)
      await this.credentials.submit(tx, key, caller.tenantId, account.routeIds, credential);
  }

  private derivativesOf({ routeIds, venues }: ManagedAccount): AccountId[] {
    return routeIds.filter((_, i) => this.isDerivative(venues[i]));
  }

  private isDerivative(venue: VenueId | undefined): boolean {
    return this.venues.find(({ id }) => id === venue)?.product === 'linear';
  }

  /** @throws ApiError when the caller has no such account */
  private async locked(views: AccountViewRepository, { userId }: TokenOwner, named: unknown): Promise<ManagedAccount> {
    if (named === undefined || named === null) throw ApiError.ofFields({ id: ['id must be provided'] });
    const found = typeof named === 'string' && isUuid(named) ? await views.lock(userId, named.toLowerCase()) : null;
    if (found === null || !this.directory.isShown(found.name)) throw new ApiError('not_found', 'Not found.');
    return found;
  }

  /** @throws ApiError also when it cannot be changed so; an archived one stays as it is, its name taken */
  private async lockedFor(
    change: AccountChange,
    views: AccountViewRepository,
    caller: TokenOwner,
    named: unknown,
  ): Promise<ManagedAccount> {
    const account = await this.locked(views, caller, named);
    const { id, name, exchange, isArchived } = account;
    if (isArchived) throw ApiError.ofFields({ id: [`account '${name}' is archived`] });
    this.refuseMargin(change, exchange);
    if (change.name === null || change.name === name) return account;
    if (name === MOCK_ACCOUNT.name) throw ApiError.ofFields({ name: [`account '${name}' keeps its name`] });
    const others = await views.ofUser(caller.userId);
    if (others.some((one) => one.name === change.name && one.id !== id)) throw nameTaken(change.name);
    return account;
  }

  private async answer(
    caller: TokenOwner,
    work: (tx: Tx, views: AccountViewRepository) => Promise<AccountId>,
  ): Promise<View> {
    const instruments = await this.instruments.all();
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const views = new AccountViewRepository(tx, caller.tenantId);
      const id = await work(tx, views);
      return showManagedAccount(await this.locked(views, caller, id), instruments, this.venues);
    });
  }
}

function nameTaken(name: string): ApiError {
  const text = `name '${name}' is already used`;
  return new ApiError('name_taken', text, { errors: { name: [text] } });
}
