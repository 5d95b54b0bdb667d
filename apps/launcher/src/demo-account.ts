import { z } from 'zod';

/** What the demo account has on its first day. */
const OPENING_BALANCES = { USDT: '10000000', BTC: '10', ETH: '200' };

const accountsReply = z.object({ accounts: z.array(z.object({ name: z.string(), apiKey: z.string() })) });

export interface DemoKey {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/**
 * Opens the account `mock` at the simulated exchange under a key of ours, unless it has it already.
 * @throws Error when the exchange refuses, or knows the account under another key
 */
export async function openDemoAccount(controlUrl: string, key: DemoKey): Promise<void> {
  const known = accountsReply.parse(await ask(`${controlUrl}/control/accounts`));
  const found = known.accounts.find(({ name }) => name === 'mock');
  if (found?.apiKey === key.apiKey) return;
  if (found !== undefined)
    throw new Error('The simulated exchange knows the account mock under another key: its data is of another start');
  await ask(`${controlUrl}/control/accounts`, { name: 'mock', balances: OPENING_BALANCES, ...key });
}

async function ask(url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulated exchange answered ${response.status} to ${new URL(url).pathname}`);
  return JSON.parse(text);
}
