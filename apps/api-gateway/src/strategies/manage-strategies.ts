import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Secret } from '#config';
import { isUuid, type StrategyId, type StrategyKind, type TenantId } from '#domain';
import { type JsonObject, showName, uuidV7 } from '#order-intake';
import {
  DatabaseClock,
  SignalSecretRepository,
  SigningSecretRepository,
  StrategyRepository,
  SubscriptionRepository,
  violates,
  type Strategy,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { hashToken } from '../auth/authorization-header.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { cutPage, type Page } from './page-query.js';
import { POSITION_QUESTIONS, type PositionQuestions } from './position-questions.js';
import { newPublicId } from './public-id.js';
import type { SigningChange } from './settings-fields.js';
import type { StrategyKeys } from './show-strategy.js';
import { hintOfSecret, newSignalSecret } from './signal-secret.js';
import { SigningSecrets } from './signing-secrets.js';
import {
  isKeyed,
  readNewStrategy,
  readStrategyChange,
  type KeyedKind,
  type StrategyRequest,
} from './strategy-request.js';

/** Who acts: of a token, or of a Mizar key. */
export type Owner = Pick<TokenOwner, 'tenantId' | 'userId'>;

/** A strategy and its secret, which is known this once; null for kinds without one. */
export interface NewlyKeyed {
  readonly strategy: Strategy;
  readonly secret: Secret | null;
}

/** Nothing else than the row that is shown of it. */
export interface KnownStrategy {
  readonly strategy: Strategy;
  readonly keys: StrategyKeys;
}

const PUBLIC_ID_TRIES = 20;

/** Strategies of a user, with their secrets (signal-apis.md 5.1). */
@Injectable()
export class ManageStrategies {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
    @Inject(SigningSecrets) private readonly signing: SigningSecrets,
    @Inject(POSITION_QUESTIONS) private readonly positions: PositionQuestions,
  ) {}

  /** @throws ApiError */
  async create(owner: Owner, body: JsonObject): Promise<NewlyKeyed> {
    const request = readNewStrategy(body, { venues: this.venues, instruments: await this.instruments.all() });
    this.requireSigningKey(request.signing);
    return uniquelyNamed(request.name, () =>
      this.db.inTenant(owner.tenantId, async (tx) => {
        const strategy = await this.add(tx, owner, request);
        const { kind, allowedIps } = request;
        const secret = isKeyed(kind) ? await this.issue(tx, owner, strategy.id, kind, allowedIps) : null;
        await this.sign(tx, owner, strategy.id, request.signing);
        return { strategy, secret };
      }),
    );
  }

  /** Of one kind, or of all. */
  list(
    { tenantId, userId }: Owner,
    kind: StrategyKind | null,
    page: Page,
  ): Promise<{ readonly shown: readonly KnownStrategy[]; readonly nextCursor: string | null }> {
    return this.db.inTenant(tenantId, async (tx) => {
      const { after, limit } = page;
      const found = await new StrategyRepository(tx, tenantId).ofUser(userId, { kind, after, limit: limit + 1 });
      const { shown, nextCursor } = cutPage(found, page);
      return { shown: await withKeys(tx, tenantId, shown), nextCursor };
    });
  }

  /** @throws ApiError */
  get(owner: Owner, id: string): Promise<KnownStrategy> {
    return this.db.inTenant(owner.tenantId, async (tx) => {
      const found = isUuid(id) ? await new StrategyRepository(tx, owner.tenantId).find(owner.userId, id) : null;
      return known(tx, owner.tenantId, found ?? missing(id));
    });
  }

  /** @throws ApiError */
  async change(owner: Owner, id: string, body: JsonObject): Promise<KnownStrategy> {
    const instruments = await this.instruments.all();
    const { tenantId, userId } = owner;
    const name = typeof body['name'] === 'string' ? body['name'].trim() : '';
    return uniquelyNamed(name, () =>
      this.locked(owner, id, async (tx, strategy) => {
        const { change, allowedIps, signing } = readStrategyChange(body, strategy, instruments);
        this.requireSigningKey(signing);
        if (change.symbols !== undefined) await this.assertKeepsLive(tx, strategy, change.symbols);
        const hasChange = Object.keys(change).length > 0;
        const changed = hasChange
          ? await new StrategyRepository(tx, tenantId).change(strategy.id, change, userId)
          : strategy;
        if (allowedIps !== undefined)
          await new SignalSecretRepository(tx, tenantId).allowFrom(strategy.id, allowedIps, userId);
        await this.sign(tx, owner, strategy.id, signing);
        return known(tx, tenantId, changed);
      }),
    );
  }

  /** Ends a strategy, its secrets and its subscriptions; history stays. @throws ApiError 409 while positions are live */
  remove(owner: Owner, id: string): Promise<KnownStrategy> {
    const { tenantId, userId } = owner;
    return this.locked(owner, id, async (tx, strategy) => {
      const live = await this.positions.livePairs(tx, strategy.id);
      if (live.length > 0) throw new ApiError('positions_live', liveText(live.length));
      await new SignalSecretRepository(tx, tenantId).revokeOf(strategy.id, userId);
      await new SigningSecretRepository(tx, tenantId).remove(strategy.id, userId);
      await new SubscriptionRepository(tx, tenantId).archiveOf(strategy.id, userId);
      await new StrategyRepository(tx, tenantId).archive(strategy.id, userId);
      return { strategy: { ...strategy, isActive: false }, keys: { secrets: [], isSigned: false } };
    });
  }

  /** A new secret; those of before go on for so many seconds. @throws ApiError */
  rotate(
    owner: Owner,
    id: string,
    graceS: number,
  ): Promise<{ readonly strategy: Strategy; readonly secret: Secret; readonly previousExpiresAt: Date | null }> {
    return this.locked(owner, id, async (tx, strategy) => {
      const { kind } = strategy;
      if (!isKeyed(kind)) throw new ApiError('invalid', noSecretText(kind));
      const secrets = new SignalSecretRepository(tx, owner.tenantId);
      const before = (await secrets.liveOf([strategy.id])).get(strategy.id) ?? [];
      const previousExpiresAt = await secrets.retire(strategy.id, graceS, owner.userId);
      const secret = await this.issue(tx, owner, strategy.id, kind, before[0]?.allowedIps ?? []);
      return { strategy, secret, previousExpiresAt };
    });
  }

  private async add(tx: Tx, owner: Owner, request: StrategyRequest): Promise<Strategy> {
    const strategies = new StrategyRepository(tx, owner.tenantId);
    const id = this.newId() as StrategyId;
    for (let tries = 0; tries < PUBLIC_ID_TRIES; tries += 1) {
      const publicId = request.kind === 'signaler' ? newPublicId(request.name) : null;
      const added = await strategies.add({ ...request, id, publicId }, owner.userId);
      if (added !== null) return added;
    }
    throw new Error(`A public id must be free after ${PUBLIC_ID_TRIES} tries`);
  }

  private async issue(
    tx: Tx,
    owner: Owner,
    strategyId: StrategyId,
    kind: KeyedKind,
    allowedIps: readonly string[],
  ): Promise<Secret> {
    const secret = newSignalSecret();
    const hashHex = hashToken(secret.reveal());
    const row = { id: this.newId(), hashHex, kind, strategyId, label: '', hint: hintOfSecret(secret), allowedIps };
    await new SignalSecretRepository(tx, owner.tenantId).add(row, owner.userId);
    return secret;
  }

  private async sign(
    tx: Tx,
    { tenantId, userId }: Owner,
    strategyId: StrategyId,
    change: SigningChange | undefined,
  ): Promise<void> {
    if (change === undefined) return;
    const repository = new SigningSecretRepository(tx, tenantId);
    if (change.secret === null) return repository.remove(strategyId, userId);
    const box = this.signing.close({ tenantId, strategyId }, change.secret);
    await repository.put({ id: this.newId(), strategyId, ...box }, change.graceS, userId);
  }

  /** @throws ApiError */
  private requireSigningKey(change: SigningChange | undefined): void {
    if (change === undefined || change.secret === null || this.signing.canKeep) return;
    const text = 'settings.signing_secret cannot be kept: this installation has no SIGNAL_SECRETS_KEY';
    throw ApiError.ofFields({ 'settings.signing_secret': [text] });
  }

  /** A position whose symbol is gone could not be closed by a signal. @throws ApiError 409 */
  private async assertKeepsLive(tx: Tx, { id }: Strategy, symbols: Strategy['symbols']): Promise<void> {
    const kept = new Set(symbols.map(({ base, quote }) => `${base}-${quote}`));
    const lost = (await this.positions.livePairs(tx, id)).filter((pair) => !kept.has(pair));
    if (lost.length === 0) return;
    const text = `symbols must keep ${[...new Set(lost)].join(', ')}: ${liveText(lost.length)} there`;
    throw new ApiError('positions_live', text, { errors: { symbols: [text] } });
  }

  private locked<T>(owner: Owner, id: string, work: (tx: Tx, strategy: Strategy) => Promise<T>): Promise<T> {
    return this.db.inTenant(owner.tenantId, async (tx) => {
      const found = isUuid(id) ? await new StrategyRepository(tx, owner.tenantId).lock(owner.userId, id) : null;
      return work(tx, found ?? missing(id));
    });
  }

  private newId(): string {
    return uuidV7(this.clock.now(), randomBytes(10));
  }
}

async function known(tx: Tx, tenantId: TenantId, strategy: Strategy): Promise<KnownStrategy> {
  const [found] = await withKeys(tx, tenantId, [strategy]);
  if (found === undefined) throw new Error('A strategy must be shown once');
  return found;
}

async function withKeys(tx: Tx, tenantId: TenantId, strategies: readonly Strategy[]): Promise<KnownStrategy[]> {
  const ids = strategies.map(({ id }) => id);
  const [secrets, signed] = await Promise.all([
    new SignalSecretRepository(tx, tenantId).liveOf(ids),
    new SigningSecretRepository(tx, tenantId).signedAmong(ids),
  ]);
  return strategies.map((strategy) => ({
    strategy,
    keys: { secrets: secrets.get(strategy.id) ?? [], isSigned: signed.has(strategy.id) },
  }));
}

function missing(id: string): never {
  throw new ApiError('not_found', `no strategy '${showName(id)}'`);
}

function liveText(count: number): string {
  return count === 1 ? '1 position is live' : `${count} positions are live`;
}

function noSecretText(kind: StrategyKind): string {
  const where = kind === 'mizar' ? ': keys for Mizar strategies are under /manage/v1/mizar-keys' : '';
  return `a ${kind} strategy has no secret of its own${where}`;
}

/** @throws ApiError 409 when the name is another's */
async function uniquelyNamed<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!violates(error, 'strategies_name')) throw error;
    const text = `name '${showName(name)}' is already used by another strategy of yours`;
    throw new ApiError('name_taken', text, { errors: { name: [text] } });
  }
}
