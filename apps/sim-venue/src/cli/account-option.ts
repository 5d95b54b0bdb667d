import { UsageError } from './usage-error.js';

/** An account to open at the start, with its first money as plain decimals. */
export interface AccountOption {
  readonly name: string;
  /** Of the spot wallet, by asset. */
  readonly balances: Readonly<Record<string, string>>;
  readonly usdmBalances: Readonly<Record<string, string>>;
}

export const DEFAULT_ACCOUNT = 'demo:USDT=100000,BTC=1,ETH=10,TEST=1000,usdm.USDT=100000';

const AMOUNT = /^(usdm\.)?([A-Z0-9]{1,12})=(\d{1,15}(?:\.\d{1,8})?)$/;

/** Reads `NAME:ASSET=AMOUNT,...`. @throws UsageError naming what cannot be read */
export function parseAccount(text: string): AccountOption {
  const cut = text.indexOf(':');
  const name = cut === -1 ? text : text.slice(0, cut);
  if (!/^[\w-]{1,64}$/.test(name))
    throw new UsageError(`--account must begin with a name of letters, digits, _ and -, was ${JSON.stringify(text)}`);
  const balances: Record<string, string> = {};
  const usdmBalances: Record<string, string> = {};
  for (const part of cut === -1 ? [] : text.slice(cut + 1).split(',')) {
    const [, product, asset, amount] = AMOUNT.exec(part) ?? [];
    if (asset === undefined || amount === undefined || (product !== undefined && asset !== 'USDT'))
      throw new UsageError(
        `--account must hold amounts like USDT=100000, BTC=0.5 or usdm.USDT=1000, was ${JSON.stringify(part)}`,
      );
    (product === undefined ? balances : usdmBalances)[asset] = amount;
  }
  return { name, balances, usdmBalances };
}
