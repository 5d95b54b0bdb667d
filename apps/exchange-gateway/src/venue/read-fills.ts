import type { EpochMs } from '#domain';
import type { CallPriority, Cause, Read, VenueFill } from '#venues';
import type { AccountSession } from '../accounts/account-sessions.js';
import type { ReadSoFar } from './budgeted-session.js';

/** How far ahead of the venue's clock a trade may be dated; that clock is known to 500 ms where orders are placed. */
const MAX_AHEAD_MS = 60_000;

/**
 * Fills of an instrument since an instant, by the venue's dates. One dated far ahead cannot be true as it stands (S-13):
 * it is left out and told among the rows that cannot be read, so that what the list lacks proves nothing.
 */
export async function readFills(
  { session, offset }: Pick<AccountSession, 'session' | 'offset'>,
  symbol: string,
  from: EpochMs,
  priority: CallPriority,
  soFar?: ReadSoFar<VenueFill>,
): Promise<Read<readonly VenueFill[]>> {
  const told = await session.fillsSince(symbol, from, priority, soFar);
  if (told.kind === 'failed') return told;
  const latest = offset.now() + MAX_AHEAD_MS;
  const wrong: Cause[] = told.value
    .filter(({ tradedAt }) => tradedAt > latest)
    .map(({ tradeId, tradedAt }) => ({
      code: 'DATED_AHEAD',
      text: `fill ${tradeId} is dated ${tradedAt - offset.now()} ms ahead`,
    }));
  if (wrong.length === 0) return told;
  soFar?.unreadable.push(...wrong);
  return {
    ...told,
    value: told.value.filter(({ tradedAt }) => tradedAt <= latest),
    unreadable: soFar?.unreadable ?? [...(told.unreadable ?? []), ...wrong],
  };
}
