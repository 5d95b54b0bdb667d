import { loadConfig } from '#config';
import { simVenueConfig } from '../../apps/sim-venue/src/config.js';
import { startSimVenue } from '../../apps/sim-venue/src/sim-venue.js';

export interface SimAccount {
  readonly accountId: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** One order of the simulator's ledger, as far as tests compare it. */
export interface LedgerOrder {
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly status: string;
  readonly executedQty: string;
}

/** A simulated exchange of a test's own: scripted markets, free ports, forgotten at the end. */
export interface SimExchange {
  readonly url: string;
  /** Of its USD-M futures. */
  readonly usdmUrl: string;
  /** Calls the control API. @throws Error with the reply when it is not a success */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** `usdm`: USDT in the futures wallet, default none. */
  openAccount(name: string, balances: Readonly<Record<string, string>>, usdm?: string): Promise<SimAccount>;
  orders(): Promise<LedgerOrder[]>;
  stop(): Promise<void>;
}

export async function startSimExchange(env: Readonly<Record<string, string>> = {}): Promise<SimExchange> {
  const venue = await startSimVenue(
    loadConfig(simVenueConfig, {
      SIM_CONTROL_PORT: '0',
      SIM_SPOT_PORT: '0',
      SIM_USDM_PORT: '0',
      SIM_MARKET: 'scripted',
      ...env,
    }),
  );
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await fetch(`${venue.controlUrl}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path} must succeed, was ${reply.status}: ${text}`);
    return JSON.parse(text) as T;
  };
  return {
    url: venue.spotUrl,
    usdmUrl: venue.usdmUrl,
    control,
    async openAccount(name, balances, usdm = '0') {
      const { accountId, apiKey, apiSecret } = await control<{ accountId: number; apiKey: string; apiSecret: string }>(
        'POST',
        'accounts',
        { name, balances, usdmBalances: { USDT: usdm } },
      );
      return { accountId: String(accountId), apiKey, apiSecret };
    },
    orders: async () => (await control<{ orders: LedgerOrder[] }>('GET', 'ledger')).orders,
    stop: () => venue.stop(),
  };
}
