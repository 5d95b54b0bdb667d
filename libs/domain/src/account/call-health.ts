import { addMs, type EpochMs } from '../time/clock.js';
import type { Ban } from './account-status.js';

/** What one call to a venue says about the account, beside its own outcome. */
export type CallVerdict =
  | { readonly kind: 'fine' }
  /** No answer, an answer that cannot be read, or a failure of the venue's own. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'key_refused'; readonly reason: string }
  | { readonly kind: 'banned'; readonly ban: Ban }
  | { readonly kind: 'maintenance'; readonly reason: string };

/** What the last calls of one account have shown. */
export interface CallHealth {
  /** Calls per second of the last 30 s, oldest first. */
  readonly seconds: readonly { readonly second: number; readonly calls: number; readonly failed: number }[];
  /** First of the refusals of the key that no success has followed. */
  readonly keyRefusedAt: EpochMs | null;
  /** Set once the key was refused a second time, late enough after the first. */
  readonly keyRejected: string | null;
  readonly ban: Ban | null;
  readonly maintenance: { readonly reason: string; readonly until: EpochMs } | null;
}

export const HEALTHY: CallHealth = { seconds: [], keyRefusedAt: null, keyRejected: null, ban: null, maintenance: null };

const WINDOW_S = 30;
/** One lost reply among a handful says nothing yet. */
const FEWEST_CALLS = 5;
/** A key that was made a moment ago may be refused by one of the venue's servers. */
const KEY_REFUSALS_APART_MS = 5_000;
/** A word of maintenance holds for this long, unless an answer comes before. */
const MAINTENANCE_MS = 30_000;

/** The health after one more call. */
export function noteCall(health: CallHealth, verdict: CallVerdict, at: EpochMs): CallHealth {
  const next: CallHealth = { ...health, seconds: counted(health.seconds, verdict.kind === 'failed', at) };
  switch (verdict.kind) {
    case 'fine':
      return { ...next, keyRefusedAt: null, keyRejected: null, maintenance: null };
    case 'failed':
      return next;
    case 'key_refused': {
      const since = health.keyRefusedAt ?? at;
      const isSecond = at - since >= KEY_REFUSALS_APART_MS;
      return { ...next, keyRefusedAt: since, keyRejected: isSecond ? verdict.reason : health.keyRejected };
    }
    case 'banned': {
      const longer = health.ban !== null && health.ban.until > verdict.ban.until ? health.ban : verdict.ban;
      return { ...next, ban: longer };
    }
    case 'maintenance':
      return { ...next, maintenance: { reason: verdict.reason, until: addMs(at, MAINTENANCE_MS) } };
  }
}

/** Failed share of the calls of the last 30 s; null when there were too few to tell. */
export function errorShare(health: CallHealth, now: EpochMs): number | null {
  const recent = health.seconds.filter(({ second }) => second > secondOf(now) - WINDOW_S);
  const calls = recent.reduce((sum, one) => sum + one.calls, 0);
  if (calls < FEWEST_CALLS) return null;
  return recent.reduce((sum, one) => sum + one.failed, 0) / calls;
}

function counted(seconds: CallHealth['seconds'], isFailed: boolean, at: EpochMs): CallHealth['seconds'] {
  const second = secondOf(at);
  const kept = seconds.filter((one) => one.second > second - WINDOW_S);
  const last = kept.at(-1);
  const failed = isFailed ? 1 : 0;
  if (last === undefined || last.second < second) return [...kept, { second, calls: 1, failed }];
  return [...kept.slice(0, -1), { second: last.second, calls: last.calls + 1, failed: last.failed + failed }];
}

const secondOf = (at: EpochMs): number => Math.floor(at / 1_000);
