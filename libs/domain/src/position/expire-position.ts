import type { EpochMs } from '../time/clock.js';
import { addMs } from '../time/clock.js';
import type { OpenItem, Position } from './contract.js';
import { endPosition } from './end-position.js';
import { changeOpenItem, endWithoutEntry, hasEntryToCome, orderExpiry } from './fire-item.js';
import type { LegAction, PositionChange } from './leg-action.js';

/** How long a position waits at size 0 that has no entry left and no expiry (signal-apis.md 6.1). */
const IDLE_MS = 24 * 60 * 60_000;

/** What the time alone makes of a position (signal-apis.md 6.5); the same object when nothing is due. */
export function expirePosition(position: Position, at: EpochMs): PositionChange {
  if (isDone(position)) return { position, actions: [] };
  const entries = expireArmed(position, at);
  if (entries.state === 'cancelled') return { position: entries, actions: [] };
  const late = entries.openItems.filter((item) => isLateOrder(entries, item, at));
  const ended = late.reduce(
    (state, item) => changeOpenItem(state, state.openItems.indexOf(item), { state: 'expired' }),
    entries,
  );
  const actions: LegAction[] =
    late.length > 0 && position.legs !== 0 ? [{ kind: 'cancel_entries', items: late.map(({ key }) => key) }] : [];
  return { position: endIdle(endWithoutEntry(ended, at), at), actions };
}

/** When `expirePosition` next has something to do; null: never. Times that are past are due at once. */
export function nextExpiry(position: Position): EpochMs | null {
  if (isDone(position)) return null;
  const { openItems, actionExpiresAt } = position;
  const isArmed = openItems.some(({ state }) => state === 'armed');
  const resting = openItems.filter(({ state }) => state === 'placed').map((item) => orderExpiry(position, item));
  const times = [isArmed ? actionExpiresAt : null, ...resting, idleUntil(position)];
  const due = times.filter((time) => time !== null);
  return due.length === 0 ? null : (Math.min(...due) as EpochMs);
}

const isDone = ({ state }: Position): boolean => state !== 'armed' && state !== 'opening' && state !== 'open';

/** Entries that have not fired never do any more; an armed position has nothing else. Closes stay. */
function expireArmed(position: Position, at: EpochMs): Position {
  const { actionExpiresAt, openItems } = position;
  if (actionExpiresAt === null || actionExpiresAt > at || !openItems.some(({ state }) => state === 'armed'))
    return position;
  const items = openItems.map((item): OpenItem => (item.state === 'armed' ? { ...item, state: 'expired' } : item));
  const expired = { ...position, openItems: items };
  return position.state === 'armed' ? endPosition(expired, 'cancelled', 'entry_expired', at) : expired;
}

function isLateOrder(position: Position, item: OpenItem, at: EpochMs): boolean {
  const expiry = orderExpiry(position, item);
  return item.state === 'placed' && expiry !== null && expiry <= at;
}

/** Open at size 0, never above it, and nothing to come: it waits for its entry expiry, or a day. */
function idleUntil(position: Position): EpochMs | null {
  if (position.state !== 'open' || position.wasHeld || hasEntryToCome(position)) return null;
  return position.actionExpiresAt ?? position.orderExpiresAt ?? addMs(position.openedAt ?? position.createdAt, IDLE_MS);
}

function endIdle(position: Position, at: EpochMs): Position {
  const until = idleUntil(position);
  return until !== null && until <= at ? endPosition(position, 'cancelled', 'no_entry_left', at) : position;
}
