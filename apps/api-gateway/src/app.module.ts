import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import type { TenantId } from '#domain';
import type { ServiceRuntime } from '#observability';
import type { MidPrices } from '#order-intake';
import { Database, DatabaseClock, PersistenceModule, type DatabaseOptions } from '#persistence';
import { QueriesModule, type QueriesOptions } from '#queues';
import { AccountActionsController } from './accounts/account-actions.controller.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { AccountDirectory, MOCK_SHOWN } from './accounts/account-directory.js';
import { ManageAccounts } from './accounts/manage-accounts.js';
import { OwnAccountsController } from './accounts/own-accounts.controller.js';
import { SetLeverage } from './accounts/set-leverage.js';
import { DeclaredAccess } from './auth/declared-access.js';
import { RateLimiter } from './auth/rate-limiter.js';
import { ResetTokenController } from './auth/reset-token.controller.js';
import { TokenDirectory } from './auth/token-directory.js';
import { TokenGuard } from './auth/token.guard.js';
import { BalancesController } from './balances/balances.controller.js';
import { CloseBalances } from './balances/close-balances.js';
import { PlaceClosings } from './balances/place-closings.js';
import { ReadHoldings } from './balances/read-holdings.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { SubmitCredential } from './credentials/submit-credential.js';
import { VENUE_LIST, type ListedVenue } from './credentials/venue-list.js';
import { CostsController } from './costs/costs.controller.js';
import { ReadOrderCost } from './costs/read-order-cost.js';
import { DocsController } from './docs/docs.controller.js';
import { IdempotentPosts } from './http/idempotent-posts.js';
import { KeyedRequests } from './http/keyed-requests.js';
import { RequestDatabase } from './http/request-database.js';
import { InstrumentDirectory } from './market/instrument-directory.js';
import { AskServices } from './live/ask-services.js';
import { FreshBalancesController } from './live/fresh-balances.controller.js';
import { LastLimitUsage } from './live/last-limit-usage.js';
import { LimitDetailsController } from './live/limit-details.controller.js';
import { LimitsController } from './live/limits.controller.js';
import { MarketController } from './live/market.controller.js';
import { MarketDataController } from './market/market-data.controller.js';
import { MID_PRICES } from './market/snapshot-mid-prices.js';
import { ManageController } from './manage/manage.controller.js';
import { ReadTrajectory } from './manage/read-trajectory.js';
import { AmendOrder } from './orders/amend-order.js';
import { BulkOrders } from './orders/bulk-orders.js';
import { CancelOrder } from './orders/cancel-order.js';
import { CreateOrder } from './orders/create-order.js';
import { IntakeTransaction } from './orders/intake-transaction.js';
import { HistoryController } from './orders/history.controller.js';
import { OrderLifeController } from './orders/order-life.controller.js';
import { OrdersController } from './orders/orders.controller.js';
import { PauseOrders } from './orders/pause-orders.js';
import { ReadHistory } from './orders/read-history.js';
import { ReadOrders } from './orders/read-orders.js';
import { RESTRICTION_APPROVAL, RestrictionsController } from './restrictions/restrictions.controller.js';
import { ChainedOrdersController } from './groups/chained-orders.controller.js';
import { ChangeGroups } from './groups/change-groups.js';
import { CreateChain } from './groups/create-chain.js';
import { CreateMulti } from './groups/create-multi.js';
import { MultiOrdersController } from './groups/multi-orders.controller.js';
import { ReadGroups } from './groups/read-groups.js';
import { HaltsController, OPERATOR_TENANT } from './risk/halts.controller.js';
import { OperatorCancelsController } from './risk/operator-cancels.controller.js';
import { RiskLimitsController } from './risk/risk-limits.controller.js';
import { UnknownsController } from './risk/unknowns.controller.js';
import { ManageStrategies } from './strategies/manage-strategies.js';
import { ManageSubscriptions } from './strategies/manage-subscriptions.js';
import { MizarKeysController } from './strategies/mizar-keys.controller.js';
import { NO_POSITIONS, POSITION_QUESTIONS, type PositionQuestions } from './strategies/position-questions.js';
import { SigningSecrets } from './strategies/signing-secrets.js';
import { StrategiesController } from './strategies/strategies.controller.js';
import { SubscriptionsController } from './strategies/subscriptions.controller.js';
import { SOCKET_LIMITS, type SocketLimits } from './updates/limits.js';
import { UpdateServer } from './updates/update-server.js';

export interface ApiGatewayOptions {
  readonly database: DatabaseOptions;
  /** The way to the other services, for questions. */
  readonly queries: QueriesOptions;
  readonly mids: MidPrices;
  readonly runtime: Pick<ServiceRuntime, 'logger' | 'metrics'>;
  /** Origins of pages that may open `/ws/orders/`, beside those of this host. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<SocketLimits>;
  /** Where accounts can be opened; default none. */
  readonly venues?: readonly ListedVenue[];
  /** The tenant that halts for all; default none. */
  readonly operator?: TenantId;
  /** Whether changes of trading restrictions need a second person; default no. */
  readonly restrictionApproval?: boolean;
  /** Whether the account `mock` is there; default yes. */
  readonly mockAccount?: boolean;
  /** Keeps the secrets that bodies of webhooks are signed with; default none can be kept. */
  readonly signing?: SigningSecrets;
  /** What is known of positions of strategies; default there are none. */
  readonly positions?: PositionQuestions;
}

/** The public surfaces; what it needs from outside comes in as options. */
@Module({})
export class ApiGatewayModule {
  static register(options: ApiGatewayOptions): DynamicModule {
    const { database, mids, queries } = options;
    const providers: Provider[] = [
      { provide: APP_GUARD, useClass: TokenGuard },
      { provide: APP_INTERCEPTOR, useClass: IdempotentPosts },
      { provide: MID_PRICES, useValue: mids },
      { provide: RateLimiter, useFactory: () => new RateLimiter() },
      TokenDirectory,
      updates(options),
      DeclaredAccess,
      RequestDatabase,
      KeyedRequests,
      InstrumentDirectory,
      IntakeTransaction,
      CreateOrder,
      CancelOrder,
      PauseOrders,
      AmendOrder,
      CreateMulti,
      CreateChain,
      ChangeGroups,
      ReadGroups,
      BulkOrders,
      ReadOrders,
      ReadHistory,
      ReadHoldings,
      CloseBalances,
      PlaceClosings,
      SetLeverage,
      AccountDirectory,
      ManageAccounts,
      ReadTrajectory,
      ReadOrderCost,
      AskServices,
      LastLimitUsage,
      SubmitCredential,
      ManageStrategies,
      ManageSubscriptions,
      { provide: SigningSecrets, useValue: options.signing ?? SigningSecrets.of(undefined) },
      { provide: POSITION_QUESTIONS, useValue: options.positions ?? NO_POSITIONS },
      { provide: VENUE_LIST, useValue: options.venues ?? [] },
      { provide: OPERATOR_TENANT, useValue: options.operator ?? null },
      { provide: MOCK_SHOWN, useValue: options.mockAccount ?? true },
      { provide: RESTRICTION_APPROVAL, useValue: options.restrictionApproval ?? false },
    ];
    return {
      module: ApiGatewayModule,
      imports: [PersistenceModule.register(database), QueriesModule.register(queries), DiscoveryModule],
      controllers: [
        OrdersController,
        HistoryController,
        MarketDataController,
        ResetTokenController,
        OrderLifeController,
        MultiOrdersController,
        ChainedOrdersController,
        BalancesController,
        ManageController,
        MarketController,
        LimitsController,
        LimitDetailsController,
        FreshBalancesController,
        RiskLimitsController,
        HaltsController,
        UnknownsController,
        OperatorCancelsController,
        AccountsController,
        CredentialsController,
        RestrictionsController,
        AccountActionsController,
        OwnAccountsController,
        CostsController,
        StrategiesController,
        MizarKeysController,
        SubscriptionsController,
        DocsController,
      ],
      providers,
    };
  }
}

function updates({ database, runtime, allowedOrigins = [], limits }: ApiGatewayOptions): Provider {
  return {
    provide: UpdateServer,
    inject: [Database, DatabaseClock, TokenDirectory, HttpAdapterHost],
    useFactory: (db: Database, clock: DatabaseClock, tokens: TokenDirectory, http: HttpAdapterHost) =>
      new UpdateServer(http, {
        db,
        url: database.url,
        clock,
        tokens,
        runtime,
        limits: { ...SOCKET_LIMITS, ...limits },
        allowedOrigins,
      }),
  };
}
