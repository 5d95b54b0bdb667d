import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** What the demo account has on its first day: spot, and margin of perpetuals under a key of its own. */
const OPENING_BALANCES = { USDT: '10000000', BTC: '10', ETH: '200' };
const OPENING_MARGIN = { USDT: '10000000' };

const accountsReply = z.object({ accounts: z.array(z.object({ name: z.string(), apiKey: z.string() })) });

export interface DemoKey {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** The key of the sub-account that trades perpetuals, from that of the account itself; one does not tell the other. Pure. */
export function perpKeyOf({ apiKey, apiSecret }: DemoKey): DemoKey {
  const derive = (what: string): string => createHmac('sha256', apiSecret).update(`${what}\0${apiKey}`).digest('hex');
  return { apiKey: derive('perp key'), apiSecret: derive('perp secret') };
}

/**
 * Opens an account at the simulated exchange under a key of ours, and its sub-account for perpetuals under another,
 * unless it has them already.
 * @param account what the exchange calls it; default that of the demo user
 * @throws Error when the exchange refuses, or knows one of them under another key
 */
export async function openDemoAccount(controlUrl: string, key: DemoKey, account = 'mock'): Promise<void> {
  const known = accountsReply.parse(await ask(`${controlUrl}/control/accounts`));
  const open = async (name: string, { apiKey, apiSecret }: DemoKey, money: object): Promise<void> => {
    const found = known.accounts.find((one) => one.name === name);
    if (found?.apiKey === apiKey) return;
    if (found !== undefined)
      throw new Error(
        `The simulated exchange knows the account ${name} under another key: its data is of another start`,
      );
    await ask(`${controlUrl}/control/accounts`, { name, apiKey, apiSecret, ...money });
  };
  await open(account, key, { balances: OPENING_BALANCES });
  await open(`${account}-perp`, perpKeyOf(key), { usdmBalances: OPENING_MARGIN });
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
