import { unitsText } from '../matching/scaled.js';
import type { Account } from './account.js';

/** The vendor's `outboundAccountPosition`: balances as they are at the end of an operation. */
export function accountPosition(account: Account, assets: ReadonlySet<string>, now: number): Record<string, unknown> {
  return {
    e: 'outboundAccountPosition',
    E: now,
    u: account.updatedAt,
    B: [...assets].map((asset) => {
      const { free, locked } = account.balance(asset);
      return { a: asset, f: unitsText(free), l: unitsText(locked) };
    }),
  };
}

/** The vendor's `balanceUpdate`: money came or went, other than by trading. */
export function balanceUpdate(asset: string, delta: bigint, at: number): Record<string, unknown> {
  return { e: 'balanceUpdate', E: at, a: asset, d: unitsText(delta), T: at };
}
