export { Database, isInTransaction, type DatabaseOptions, type Tx } from './database.js';
export {
  ConcurrentUpdateError,
  DatabaseUnavailableError,
  postgresCode,
  UnsafeDatabaseError,
  violates,
} from './database-errors.js';
export { DatabaseClock } from './database-clock.js';
export { migrate, revertAll, type MigrateOptions } from './migrate.js';
export { SCHEMA_VERSION } from './migrations/index.js';
export {
  addToOutbox,
  measureOutbox,
  relayOutbox,
  type OutboxEntry,
  type OutboxState,
  type Publish,
  type PublishableJob,
  type RefusedEntry,
} from './outbox/outbox.js';
export {
  dueWorkAges,
  dueWorkOf,
  hastenWork,
  lockWork,
  putOffDueWork,
  removeWork,
  removeWorkAhead,
  scheduleWork,
  sweepDueWork,
  wakeParent,
  wakeParents,
  wakeParentsOf,
  type DueWork,
  type DueWorkKind,
  type SweepOptions,
} from './outbox/due-work.js';
export { audit, type AuditEntry } from './outbox/audit.js';
export { InstrumentRepository } from './repositories/instrument.repository.js';
export {
  MarketPriceRepository,
  type MarketPrices,
  type MarketPricesOf,
} from './repositories/market-price.repository.js';
export { MarketSampleRepository, type ChunkOf } from './repositories/market-sample.repository.js';
export { MarginTierRepository, type InstrumentKey } from './repositories/margin-tier.repository.js';
export { MinuteBarRepository, type BarOf } from './repositories/minute-bar.repository.js';
export { MAX_TIME_BARS, TimeBarRepository, type TimeBarQuery } from './repositories/time-bar.repository.js';
export { FeedStatusRepository, FeedVolumeRepository, type FeedVolume } from './repositories/feed.repository.js';
export { ChildOrderRepository, type NewChildOrder, type Whereabouts } from './repositories/child-order.repository.js';
export {
  UnreadableChildError,
  type ChildAmend,
  type StoredChildOrder,
  type UnreadableChild,
} from './repositories/child-order-row.js';
export { ChildAmendRepository } from './repositories/child-amend.repository.js';
export {
  ExecutionOrderRepository,
  type OrderToWake,
  type ParentProgress,
  type TradedSoFar,
  type OrderLeg,
  type PlacedOrder,
  type WorkedOrder,
} from './repositories/execution-order.repository.js';
export { firstToRead } from './repositories/settled-children.js';
export type { StoredParams } from './repositories/stored-params.js';
export { BustedFillRepository, type BookedFill } from './repositories/busted-fill.repository.js';
export type { FillRecord } from './repositories/fill-record.js';
export { FillRepository, type Inference } from './repositories/fill.repository.js';
export { ChannelListener, type ChannelListenerOptions } from './outbox/channel-listener.js';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox-relay.js';
export { DueWorkSweeper, type DueWorkSweeperOptions, type RefusedWork } from './outbox/due-work-sweeper.js';
export { RelayLease } from './outbox/relay-lease.js';
export { RepeatingTask } from './outbox/repeating-task.js';
export { PersistenceModule } from './persistence.module.js';
export { AccountRepository, type NewAccount, type VenueAccount } from './repositories/account.repository.js';
export { BalanceViewRepository, type AccountBalances } from './repositories/balance-view.repository.js';
export { type EpochMicros } from './repositories/epoch-micros.js';
export {
  IdempotencyRepository,
  type IdempotencyScope,
  type StoredAnswer,
} from './repositories/idempotency.repository.js';
export {
  heldConditions,
  type ConditionChange,
  type HeldCondition,
  type HeldEntry,
  type MissingPrices,
} from './repositories/held-condition.repository.js';
export { OrderConditionRepository } from './repositories/order-condition.repository.js';
export { OrderAmendRepository, type AmendableOrder, type Amendment } from './repositories/order-amend.repository.js';
export { ChainedOrderRepository, type LockedChain } from './repositories/chained-order.repository.js';
export { MultiOrderRepository, type LegRecord, type LockedMulti } from './repositories/multi-order.repository.js';
export {
  GroupIntakeRepository,
  type AcceptedChain,
  type AcceptedMulti,
  type OwnChain,
  type OwnMulti,
} from './repositories/group-intake.repository.js';
export { GroupViewRepository, type ChainRecord, type GroupFilter } from './repositories/group-view.repository.js';
export type { LegView, MultiRecord, MultiView } from './repositories/multi-view-columns.js';
export { OrderIntakeRepository, type AcceptedOrder, type GroupPlace } from './repositories/order-intake.repository.js';
export { OrderLifeRepository, type LockedOrder, type OrderChoice } from './repositories/order-life.repository.js';
export {
  OrderMessageRepository,
  type MessageLevel,
  type OrderMessage,
} from './repositories/order-message.repository.js';
export {
  OrderViewRepository,
  type OrderFilter,
  type OrderRecord,
  type PriceSource,
  type RecordedCondition,
  type PlacementRecord,
} from './repositories/order-view.repository.js';
export {
  OrderHistoryRepository,
  type HistoryFilter,
  type FoundFills,
  type ListedPlacement,
  type OrderFault,
  type PlacementFilter,
} from './repositories/order-history.repository.js';
export { TokenRepository, type Scope, type TokenOwner } from './repositories/token.repository.js';
export {
  addMockAccount,
  createTenantWithUser,
  MOCK_ACCOUNT,
  addDemoToken,
  addDemoUser,
  isDemoUser,
  seedDemo,
  UserRepository,
  type TenantUser,
  type TenantUserSeed,
} from './repositories/user.repository.js';
export {
  forgetParentLimitUses,
  ParentLimitUseRepository,
  type ForgetUses,
  type ParentLimitUse,
} from './repositories/parent-limit-use.repository.js';
export {
  EmergencyShareRepository,
  type EmergencyUse,
  type HeldLease,
} from './repositories/emergency-share.repository.js';
export { AccountLeaseRepository, type HeldAccount } from './repositories/account-lease.repository.js';
export {
  AccountStateRepository,
  isPutAway,
  readAccountHalt,
  readCancelStanding,
  type AccountState,
  type AccountStatus,
  type SaidUnderLease,
  type StoredBalance,
} from './repositories/account-state.repository.js';
export {
  AccountCommandRepository,
  type AccountCommand,
  type AccountCommandKind,
} from './repositories/account-command.repository.js';
export { OrderLeverageRepository, type LeverageStanding } from './repositories/order-leverage.repository.js';
export {
  CostReportRepository,
  REPORT_MEANS,
  type CostFilter,
  type CostReport,
  type ReportMean,
  type RunningCost,
  type StoredCost,
  type StoredCosts,
} from './repositories/cost-report.repository.js';
export { AccountViewRepository, type ManagedAccount, type MarginMode } from './repositories/account-view.repository.js';
export { AccountSettingsRepository } from './repositories/account-settings.repository.js';
export {
  ExternalOrderRepository,
  type ExternalOrder,
  type ExternalOrderStatus,
  type StoredExternalOrder,
} from './repositories/external-order.repository.js';
export {
  PositionRepository,
  type ReduciblePosition,
  type ShownPosition,
  type StoredPosition,
} from './repositories/position.repository.js';
export {
  CredentialRepository,
  type CredentialPlace,
  type NewCredentialFacts,
  type PlacedCredential,
  type SealedCredential,
} from './repositories/credential.repository.js';
export { CredentialFactsRepository, type CredentialFacts } from './repositories/credential-facts.repository.js';
export {
  CredentialIntakeRepository,
  type CredentialSubmission,
  type CredentialTask,
  type SubmissionOutcome,
  type SubmissionStanding,
} from './repositories/credential-intake.repository.js';
export {
  RestrictionRepository,
  type Restriction,
  type RestrictionAction,
  type RestrictionRequest,
} from './repositories/restriction.repository.js';
export { readGateFacts, type GateFacts } from './repositories/gate.repository.js';
export { countOpenOrders } from './repositories/open-order-count.js';
export { RateUsageRepository } from './repositories/rate-usage.repository.js';
export { RateLimitEventRepository } from './repositories/rate-limit-event.repository.js';
export {
  RateLimitChangeRepository,
  type LimitChange,
  type RecordedFigures,
} from './repositories/rate-limit-change.repository.js';
export { AccountStatusRepository, type AccountStanding } from './repositories/account-status.repository.js';
export { OrderPlanRepository, type OrderPlan } from './repositories/order-plan.repository.js';
export {
  OrderUpdateRepository,
  type MultiOrderUpdate,
  type OrderUpdate,
  type SingleOrderUpdate,
  type OrderUpdateType,
  type UpdateRange,
} from './repositories/order-update.repository.js';
export { newestNumbers, numberOrderUpdates, pruneOrderUpdates, type PruneOptions } from './updates/number-updates.js';
export { OrderUpdateNumberer, type OrderUpdateNumbererOptions } from './updates/order-update-numberer.js';
export {
  countMessage,
  forgetMessages,
  messageQuietMs,
  RiskRepository,
  type RiskScope,
  type ScopedRiskLimits,
} from './repositories/risk.repository.js';
export { lockExposure, type GateKey, type OpenValue } from './repositories/gate.repository.js';
export {
  cancelScopeOf,
  HALTS_AT_ONCE,
  HaltRepository,
  takeHaltWork,
  type CancelScope,
  type Halt,
  type HaltWork,
  type NewHalt,
} from './repositories/halt.repository.js';
export { OrderOwnerRepository, type OwnedOrder } from './repositories/order-owner.repository.js';
export type { OperatorCancel } from './repositories/group-member.js';
export { ManyOrdersRepository } from './repositories/many-orders.repository.js';
export {
  accountsOf,
  accountsToCancel,
  type AskedCancels,
  requestCancelOf,
  requestCancelOfParents,
} from './repositories/mass-cancel.js';
export {
  announceCancels,
  CANCELS_CHANNEL,
  readAnnouncement,
  takeDueCancels,
  type AccountOfCancels,
  type TakenCancels,
} from './repositories/due-cancels.js';
export {
  tenantsAt,
  UnknownOrderRepository,
  type Finding,
  type UnknownCount,
  type UnknownOrder,
} from './repositories/unknown-order.repository.js';
export {
  AccountHabitsRepository,
  type CancelTimes,
  type JudgedFill,
} from './repositories/account-habits.repository.js';
export { giveUpOrder, type GivenUp } from './repositories/give-up-order.js';
export { moveUnavailable, noteUnavailable } from './repositories/note-unavailable.js';
export { OwnVolumeRepository, type OwnVolume } from './repositories/own-volume.repository.js';
export { type VolumeCounts } from './repositories/volume-counts-json.js';
export { VolumeForecastRepository } from './repositories/volume-forecast.repository.js';
export {
  costOfInputs,
  OrderCostRepository,
  type CostInputs,
  type MarketOfOrder,
} from './repositories/order-cost.repository.js';
export { COST_COLUMNS, type CostColumn, type CostDetails, type CostRow } from './repositories/order-cost-columns.js';
export {
  StrategyRepository,
  type NewStrategy,
  type Strategy,
  type StrategyChange,
  type StrategyPage,
} from './repositories/strategy.repository.js';
export {
  ownerOfSecret,
  SignalSecretRepository,
  type NewSignalSecret,
  type SecretOwner,
  type SignalSecret,
  type SignalSecretKind,
} from './repositories/signal-secret.repository.js';
export { SigningSecretRepository, type SealedSecret } from './repositories/signing-secret.repository.js';
export {
  SubscriptionRepository,
  type AlgorithmFields,
  type NewSubscription,
  type Subscription,
  type SubscriptionPage,
  type SubscriptionRoute,
  type SubscriptionTerms,
} from './repositories/subscription.repository.js';
