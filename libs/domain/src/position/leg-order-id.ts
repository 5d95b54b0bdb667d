import { createHash } from 'node:crypto';
import { asUuid, type ParentOrderId } from '../parent-order/ids.js';
import type { LegId, Position } from './contract.js';
import type { LegAction } from './leg-action.js';
import type { LegEvent } from './leg-event.js';
import type { LegCause } from './leg.js';

/**
 * The id of a parent order of a leg: a UUID version 7 of the cause's time, so that it falls into a month's partition
 * (ADR 2), whose other bits are those of SHA-256(cause id, 0x00, leg id, 0x00, attempt). A repeated job makes the same.
 */
export function deriveParentOrderId({ id, at }: LegCause, legId: LegId, attempt: number): ParentOrderId {
  const hash = createHash('sha256').update(id).update('\0').update(legId).update('\0').update(String(attempt));
  const tail = hash.digest().subarray(0, 10);
  tail.writeUInt8((tail.readUInt8(0) & 0x0f) | 0x70, 0);
  tail.writeUInt8((tail.readUInt8(2) & 0x3f) | 0x80, 2);
  return asUuid(at.toString(16).padStart(12, '0') + tail.toString('hex')) as ParentOrderId;
}

/**
 * What an action of a position is done for: the item that fired, which happens once, else what asked for it.
 *
 * @param asked the signal, or the operator's wish
 */
export function causeOf(position: Position, action: LegAction, asked: LegCause): LegCause {
  if (action.kind === 'enter') {
    const item = position.openItems.find(({ key }) => key === action.item);
    return { id: `${position.id}/open/${action.item}`, at: item?.appliedAt ?? asked.at };
  }
  if (action.kind !== 'exit' && action.kind !== 'exit_all') return asked;
  const [first] = action.items;
  const item = position.closeItems.find(({ kind, key }) => kind === first?.list && key === first.key);
  if (first === undefined || item === undefined) return asked;
  return { id: `${position.id}/${first.list}/${first.key}`, at: item.appliedAt ?? asked.at };
}

/**
 * What an action of a position is to a leg; null of an entry, which has to be sized first.
 *
 * @param asked the signal, or the operator's wish
 */
export function legEventOf(position: Position, action: LegAction, asked: LegCause): LegEvent | null {
  switch (action.kind) {
    case 'enter':
      return null;
    case 'exit':
    case 'exit_all':
      return { ...action, cause: causeOf(position, action, asked) };
    case 'cancel_entries':
    case 'move_expiry':
      return action;
  }
}
