import type { Subscription } from '#persistence';

type View = Readonly<Record<string, unknown>>;

/** A subscription as it is answered (signal-apis.md 5.2). */
export function showSubscription(subscription: Subscription, warnings: readonly string[]): View {
  const { execution } = subscription;
  return {
    id: subscription.id,
    strategy_id: subscription.strategyId,
    account: subscription.accountName,
    enabled: subscription.enabled,
    capital: subscription.capital.toFixed(),
    max_positions: subscription.maxPositions,
    leverage: subscription.leverage.toFixed(),
    max_leverage: subscription.maxLeverage.toFixed(),
    on_low_balance: subscription.onLowBalance,
    execution: { entry: execution.entry, exit: execution.exit, stop: execution.stop },
    status: subscription.status,
    status_reason: subscription.statusReason,
    status_since: subscription.statusSince.toISOString(),
    warnings,
    created_at: subscription.createdAt.toISOString(),
    updated_at: subscription.updatedAt.toISOString(),
  };
}
