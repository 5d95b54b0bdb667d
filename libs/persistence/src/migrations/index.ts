import { CreateTenancy20261121090000 } from './20261121090000-create-tenancy.js';
import { CreateAccounts20261121090100 } from './20261121090100-create-accounts.js';
import { CreateParentOrders20261121090200 } from './20261121090200-create-parent-orders.js';
import { CreateChildOrders20261121090300 } from './20261121090300-create-child-orders.js';
import { CreateOutbox20261121090400 } from './20261121090400-create-outbox.js';
import { CreateMarketAndLimits20261121090500 } from './20261121090500-create-market-and-limits.js';
import { CreatePartitions20261121090600 } from './20261121090600-create-partitions.js';
import { CreateOrderUpdates20261121100000 } from './20261121100000-create-order-updates.js';
import { PutJobsAside20261121120000 } from './20261121120000-put-jobs-aside.js';
import { KeepMarketNotional20261121130000 } from './20261121130000-keep-market-notional.js';
import { CreateRateLimitChanges20261121140100 } from './20261121140100-create-rate-limit-changes.js';
import { CreateEmergencyShares20261121140200 } from './20261121140200-create-emergency-shares.js';
import { CreateParentLimitUses20261121140201 } from './20261121140201-create-parent-limit-uses.js';
import { RollUpLimitUsage20261121140202 } from './20261121140202-roll-up-limit-usage.js';
import { AddAccountConditions20261121140400 } from './20261121140400-add-account-conditions.js';
import { CreatePositions20261121140401 } from './20261121140401-create-positions.js';
import { CreateExternalOrders20261121140402 } from './20261121140402-create-external-orders.js';
import { CreateAccountSettings20261121140403 } from './20261121140403-create-account-settings.js';
import { CreateAccountCommands20261121140404 } from './20261121140404-create-account-commands.js';
import { FlagInferredFills20261121140405 } from './20261121140405-flag-inferred-fills.js';
import { CreateRiskLimits20261121140500 } from './20261121140500-create-risk-limits.js';
import { CreateRiskDenials20261121140510 } from './20261121140510-create-risk-denials.js';
import { CreateTradingHalts20261121140520 } from './20261121140520-create-trading-halts.js';
import { CountAccountMessages20261121140530 } from './20261121140530-count-account-messages.js';
import { SayMoreOfChildOrders20261121140540 } from './20261121140540-say-more-of-child-orders.js';
import { AmendChildOrders20261121140550 } from './20261121140550-amend-child-orders.js';
import { ParkUnknownOrders20261121140560 } from './20261121140560-park-unknown-orders.js';
import { CreateMinuteBars20261121140600 } from './20261121140600-create-minute-bars.js';
import { KeepOpenBar20261121140610 } from './20261121140610-keep-open-bar.js';
import { CreateCredentialFacts20261121140700 } from './20261121140700-create-credential-facts.js';
import { CreateCredentialIntake20261121140710 } from './20261121140710-create-credential-intake.js';
import { KeepSeenTrades20261121160200 } from './20261121160200-keep-seen-trades.js';
import { NameFeedChannels20261121160210 } from './20261121160210-name-feed-channels.js';
import { CreateFillBusts20261121160300 } from './20261121160300-create-fill-busts.js';
import { CountAccountNonces20261121160400 } from './20261121160400-count-account-nonces.js';
import { SayWhyOrdersAreParked20261121160410 } from './20261121160410-say-why-orders-are-parked.js';
import { LookTwiceAtAmends20261121160600 } from './20261121160600-look-twice-at-amends.js';
import { ForgetParentLimitUses20261121160800 } from './20261121160800-forget-parent-limit-uses.js';
import { CreateRelayLeases20261121190500 } from './20261121190500-create-relay-leases.js';
import { WorkEveryAlgorithm20261121200000 } from './20261121200000-work-every-algorithm.js';
import { TradeOnSeveralVenues20261121200010 } from './20261121200010-trade-on-several-venues.js';
import { KeepPlanShapes20261121200020 } from './20261121200020-keep-plan-shapes.js';
import { HoldAndChangeOrders20261121200030 } from './20261121200030-hold-and-change-orders.js';
import { GroupOrders20261121200040 } from './20261121200040-group-orders.js';
import { EstimateOrderEnds20261121200400 } from './20261121200400-estimate-order-ends.js';
import { CreateTradingRestrictions20261121200600 } from './20261121200600-create-trading-restrictions.js';
import { IndexHeldConditions20261121200300 } from './20261121200300-index-held-conditions.js';
import { ShareAccounts20261121200610 } from './20261121200610-share-accounts.js';
import { KeepRoles20261121200200 } from './20261121200200-keep-roles.js';
import { RememberAmends20261121200210 } from './20261121200210-remember-amends.js';
import { CreateMultiOrders20261121200500 } from './20261121200500-create-multi-orders.js';
import { CreateChainedOrders20261121200510 } from './20261121200510-create-chained-orders.js';
import { CreateOrderCosts20261121200800 } from './20261121200800-create-order-costs.js';
import { CreateMarketSamples20261121200810 } from './20261121200810-create-market-samples.js';
import { CountOwnVolume20261121200820 } from './20261121200820-count-own-volume.js';
import { KeepVolumeProfiles20261121200830 } from './20261121200830-keep-volume-profiles.js';
import { TellOfMultiOrders20261122031000 } from './20261122031000-tell-of-multi-orders.js';
import { CreateMarginTiers20261122032000 } from './20261122032000-create-margin-tiers.js';
import { AnnounceWhatIsDue20261122034000 } from './20261122034000-announce-what-is-due.js';
import { RememberSettledChildren20261122034010 } from './20261122034010-remember-settled-children.js';
import { HintAtSubmittedKeys20261122121000 } from './20261122121000-hint-at-submitted-keys.js';
import { RememberRefusedAmends20261122124000 } from './20261122124000-remember-refused-amends.js';
import { RetireAccountLeases20261122130000 } from './20261122130000-retire-account-leases.js';
import { LimitBaskets20261122131000 } from './20261122131000-limit-baskets.js';
import { CreateStrategies20261122150000 } from './20261122150000-create-strategies.js';
import { CreateSignalSecrets20261122150010 } from './20261122150010-create-signal-secrets.js';
import { CreateSubscriptions20261122150020 } from './20261122150020-create-subscriptions.js';
import { CreateMarketPrices20261122150030 } from './20261122150030-create-market-prices.js';
import { TellMoreOfMinuteBars20261122151000 } from './20261122151000-tell-more-of-minute-bars.js';

/** Oldest first; never edited once released. */
export const MIGRATIONS = [
  CreateTenancy20261121090000,
  CreateAccounts20261121090100,
  CreateParentOrders20261121090200,
  CreateChildOrders20261121090300,
  CreateOutbox20261121090400,
  CreateMarketAndLimits20261121090500,
  CreatePartitions20261121090600,
  CreateOrderUpdates20261121100000,
  PutJobsAside20261121120000,
  KeepMarketNotional20261121130000,
  CreateRateLimitChanges20261121140100,
  CreateEmergencyShares20261121140200,
  CreateParentLimitUses20261121140201,
  RollUpLimitUsage20261121140202,
  AddAccountConditions20261121140400,
  CreatePositions20261121140401,
  CreateExternalOrders20261121140402,
  CreateAccountSettings20261121140403,
  CreateAccountCommands20261121140404,
  FlagInferredFills20261121140405,
  CreateRiskLimits20261121140500,
  CreateRiskDenials20261121140510,
  CreateTradingHalts20261121140520,
  CountAccountMessages20261121140530,
  SayMoreOfChildOrders20261121140540,
  AmendChildOrders20261121140550,
  ParkUnknownOrders20261121140560,
  CreateMinuteBars20261121140600,
  KeepOpenBar20261121140610,
  CreateCredentialFacts20261121140700,
  CreateCredentialIntake20261121140710,
  KeepSeenTrades20261121160200,
  NameFeedChannels20261121160210,
  CreateFillBusts20261121160300,
  CountAccountNonces20261121160400,
  SayWhyOrdersAreParked20261121160410,
  LookTwiceAtAmends20261121160600,
  ForgetParentLimitUses20261121160800,
  CreateRelayLeases20261121190500,
  WorkEveryAlgorithm20261121200000,
  TradeOnSeveralVenues20261121200010,
  KeepPlanShapes20261121200020,
  HoldAndChangeOrders20261121200030,
  GroupOrders20261121200040,
  KeepRoles20261121200200,
  RememberAmends20261121200210,
  IndexHeldConditions20261121200300,
  EstimateOrderEnds20261121200400,
  CreateMultiOrders20261121200500,
  CreateChainedOrders20261121200510,
  CreateTradingRestrictions20261121200600,
  ShareAccounts20261121200610,
  CreateOrderCosts20261121200800,
  CreateMarketSamples20261121200810,
  CountOwnVolume20261121200820,
  KeepVolumeProfiles20261121200830,
  TellOfMultiOrders20261122031000,
  CreateMarginTiers20261122032000,
  AnnounceWhatIsDue20261122034000,
  RememberSettledChildren20261122034010,
  HintAtSubmittedKeys20261122121000,
  RememberRefusedAmends20261122124000,
  RetireAccountLeases20261122130000,
  LimitBaskets20261122131000,
  CreateStrategies20261122150000,
  CreateSignalSecrets20261122150010,
  CreateSubscriptions20261122150020,
  CreateMarketPrices20261122150030,
  TellMoreOfMinuteBars20261122151000,
];

/** Name of the newest migration: what a service expects to find in the database it works on. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.name ?? '';
