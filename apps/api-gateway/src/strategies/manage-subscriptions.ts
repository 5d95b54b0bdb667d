import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isUuid, type SubscriptionId, type TenantId } from '#domain';
import { type JsonObject, shown, showName, unknownAccount, uuidV7 } from '#order-intake';
import {
  DatabaseClock,
  StrategyRepository,
  SubscriptionRepository,
  violates,
  type EpochMicros,
  type Strategy,
  type Subscription,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { warningsOf } from './execution-fields.js';
import { cutPage, type Page } from './page-query.js';
import { POSITION_QUESTIONS, type LegsEnd, type PositionQuestions } from './position-questions.js';
import { showSubscription } from './show-subscription.js';
import { orderToBe, readNewTerms, readSubscribed, readSubscriptionChange } from './subscription-request.js';

type View = Readonly<Record<string, unknown>>;

/** Subscriptions of a user's accounts to the user's strategies (signal-apis.md 5.2). */
@Injectable()
export class ManageSubscriptions {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(POSITION_QUESTIONS) private readonly positions: PositionQuestions,
  ) {}

  /** @throws ApiError */
  async create(caller: TokenOwner, body: JsonObject): Promise<View> {
    const { strategyId, account: name } = readSubscribed(body);
    const { tenantId, userId } = caller;
    try {
      return await this.db.inTenant(tenantId, async (tx) => {
        const strategies = new StrategyRepository(tx, tenantId);
        const strategy = isUuid(strategyId) ? await strategies.hold(userId, strategyId) : null;
        if (strategy === null) throw unknownStrategy(strategyId);
        if (strategy.kind === 'session')
          throw ApiError.ofFields({
            strategy_id: ['strategy_id must be a strategy that takes signals, was one of kind session'],
          });
        const account = (await this.accounts.reachable(tx, caller)).find((one) => one.name === name);
        assertTradesAt(account, name, strategy);
        const terms = readNewTerms(body, { strategy, accountName: account.name, now: this.now() });
        const added = await new SubscriptionRepository(tx, tenantId).add(
          { ...terms, id: this.newId(), strategyId: strategy.id, accountId: account.id },
          userId,
        );
        return this.show(added, strategy);
      });
    } catch (error) {
      if (!violates(error, 'subscriptions_account')) throw error;
      const text = `account '${showName(name)}' is subscribed to the strategy already`;
      throw new ApiError('already_subscribed', text, { errors: { account: [text] } });
    }
  }

  /** Of one strategy, or of all. */
  list({ tenantId, userId }: TokenOwner, strategyId: string | null, page: Page): Promise<View> {
    return this.db.inTenant(tenantId, async (tx) => {
      const { after, limit } = page;
      const repository = new SubscriptionRepository(tx, tenantId);
      const found = await repository.ofUser(userId, { strategyId, after, limit: limit + 1 });
      const { shown: listed, nextCursor } = cutPage(found, page);
      const strategies = await new StrategyRepository(tx, tenantId).byId(listed.map((one) => one.strategyId));
      const subscriptions = listed.map((one) => this.show(one, mustBe(strategies.get(one.strategyId))));
      return { subscriptions, next_cursor: nextCursor };
    });
  }

  /** @throws ApiError */
  get({ tenantId, userId }: TokenOwner, id: string): Promise<View> {
    return this.db.inTenant(tenantId, async (tx) => {
      const found = isUuid(id) ? await new SubscriptionRepository(tx, tenantId).find(userId, id) : null;
      if (found === null) throw missing(id);
      return this.show(found, await strategyOf(tx, tenantId, found));
    });
  }

  /** Later orders follow the change; a status of `active` lifts `limited`. @throws ApiError */
  change(caller: TokenOwner, id: string, body: JsonObject): Promise<View> {
    const { userId } = caller;
    return this.locked(caller, id, async (tx, subscription, repository) => {
      const strategy = await strategyOf(tx, caller.tenantId, subscription);
      const of = { strategy, accountName: subscription.accountName, now: this.now() };
      const { terms, status } = readSubscriptionChange(body, subscription, of);
      const isStatusAlone = Object.keys(body).every((field) => field === 'status');
      const changed = isStatusAlone ? subscription : await repository.change(subscription.id, terms, userId);
      if (status === undefined) return this.show(changed, strategy);
      const reason = status === 'paused' ? 'paused by its owner' : '';
      return this.show(await repository.move(subscription.id, status, reason, userId), strategy);
    });
  }

  /** Ends it; its legs are exited, or left to its owner. @throws ApiError */
  remove(caller: TokenOwner, id: string, legs: LegsEnd): Promise<View> {
    return this.locked(caller, id, async (tx, subscription, repository) => {
      await this.positions.endLegs(tx, subscription.id, legs, caller.userId);
      await repository.archive(subscription.id, legs, caller.userId);
      return this.show({ ...subscription, enabled: false }, await strategyOf(tx, caller.tenantId, subscription));
    });
  }

  private locked<T>(
    { tenantId, userId }: TokenOwner,
    id: string,
    work: (tx: Tx, subscription: Subscription, repository: SubscriptionRepository) => Promise<T>,
  ): Promise<T> {
    return this.db.inTenant(tenantId, async (tx) => {
      const repository = new SubscriptionRepository(tx, tenantId);
      const found = isUuid(id) ? await repository.lock(userId, id) : null;
      if (found === null) throw missing(id);
      return work(tx, found, repository);
    });
  }

  private show(subscription: Subscription, strategy: Strategy): View {
    const order = orderToBe({ strategy, accountName: subscription.accountName, now: this.now() });
    return showSubscription(subscription, warningsOf(subscription.execution, order));
  }

  private now(): EpochMicros {
    return (this.clock.now() * 1_000) as EpochMicros;
  }

  private newId(): SubscriptionId {
    return uuidV7(this.clock.now(), randomBytes(10)) as string as SubscriptionId;
  }
}

/** @throws ApiError unless the account is there and reaches a venue of the strategy */
function assertTradesAt(
  account: VenueAccount | undefined,
  name: string,
  { exchanges, venues }: Strategy,
): asserts account is VenueAccount {
  if (account === undefined)
    throw ApiError.ofFields({ account: [`account must be one of yours: ${unknownAccount(name)}`] });
  if (account.isArchived) throw ApiError.ofFields({ account: [`account '${account.name}' is archived`] });
  if (account.routes.some(({ venue }) => venues.includes(venue))) return;
  const reached = account.routes.map(({ venue }) => venue).join(', ');
  const text = `account must reach one of ${exchanges.join(', ')} (${venues.join(', ')}), '${account.name}' reaches ${reached}`;
  throw ApiError.ofFields({ account: [text] });
}

async function strategyOf(tx: Tx, tenantId: TenantId, { strategyId }: Subscription): Promise<Strategy> {
  return mustBe((await new StrategyRepository(tx, tenantId).byId([strategyId])).get(strategyId));
}

function mustBe(strategy: Strategy | undefined): Strategy {
  if (strategy === undefined) throw new Error('A subscription that has not ended must have a strategy');
  return strategy;
}

function unknownStrategy(id: string): ApiError {
  const text = `strategy_id must be the id of a strategy of yours, was ${shown(id)}`;
  return new ApiError('not_found', text, { errors: { strategy_id: [text] } });
}

function missing(id: string): ApiError {
  return new ApiError('not_found', `no subscription '${showName(id)}'`);
}
