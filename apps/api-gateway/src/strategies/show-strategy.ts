import type { SignalSecret, Strategy } from '#persistence';
import { callExample } from './call-example.js';
import { showSettings } from './settings-fields.js';

type View = Readonly<Record<string, unknown>>;

/** What may be shown beside a strategy's own row. */
export interface StrategyKeys {
  /** Live ones, newest first; none for kinds without a secret of their own. */
  readonly secrets: readonly SignalSecret[];
  /** Its bodies must be signed. */
  readonly isSigned: boolean;
}

/** A strategy as it is answered (signal-apis.md 5.1); of secrets no more than their ends. */
export function showStrategy(strategy: Strategy, { secrets, isSigned }: StrategyKeys): View {
  const { kind } = strategy;
  return {
    id: strategy.id,
    number: strategy.number,
    kind,
    name: strategy.name,
    description: strategy.description,
    market: strategy.market,
    exchanges: strategy.exchanges,
    symbols: strategy.symbols.map(({ symbol }) => symbol),
    settings: showSettings(strategy.settings, kind),
    is_active: strategy.isActive,
    signaler_id: strategy.publicId,
    has_signing_secret: isSigned,
    allowed_ips: secrets[0]?.allowedIps ?? [],
    secrets: secrets.map(({ hint, createdAt, expiresAt, lastUsedAt }) => ({
      hint,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt?.toISOString() ?? null,
      last_used_at: lastUsedAt?.toISOString() ?? null,
    })),
    signal_api_call_example: callExample(strategy),
    created_at: strategy.createdAt.toISOString(),
    updated_at: strategy.updatedAt.toISOString(),
  };
}

/** A Mizar key without itself. */
export function showMizarKey({ id, label, hint, allowedIps, createdAt, lastUsedAt }: SignalSecret): View {
  return {
    id,
    label,
    hint,
    allowed_ips: allowedIps,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
