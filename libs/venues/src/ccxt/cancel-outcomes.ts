import type { ClientOrderId } from '#domain';
import type { CancelOutcome, CancelRequest } from '../ports.js';
import type { ErrorTable } from './classify.js';
import type { VenueError } from './protocol.js';
import { OtherOrder } from './wire.js';

/** What a reply says of one order of a call that cancels several. */
export interface ToldOfOne {
  /** Null where the text is not one of our ids. */
  readonly id: ClientOrderId | null;
  /** The id as the venue writes it. */
  readonly as: string;
  /** Null where the cancel is taken in. */
  readonly error: VenueError | null;
}

/**
 * An outcome for each request, by its id. A cancel that is taken in says nothing of what was filled, as one that finds
 * no such open order: both are looked up.
 * @throws OtherOrder for a row about an order that was not asked for, or was told of before; RangeError for a missing row
 */
export function outcomesOf(
  requests: readonly Pick<CancelRequest, 'clientOrderId'>[],
  told: readonly ToldOfOne[],
  table: Pick<ErrorTable, 'gone'>,
): readonly CancelOutcome[] {
  const asked = new Set(requests.map(({ clientOrderId }) => clientOrderId));
  const byId = new Map<ClientOrderId, CancelOutcome>();
  for (const { id, as, error } of told) {
    if (id === null || !asked.has(id) || byId.has(id)) throw new OtherOrder([...asked].join(), as);
    byId.set(id, outcomeOf(error, table));
  }
  return requests.map(({ clientOrderId }) => {
    const outcome = byId.get(clientOrderId);
    if (outcome === undefined) throw new RangeError(`the reply does not speak of order ${clientOrderId}`);
    return outcome;
  });
}

/** What one order's error, or none, means for its cancel. */
export function outcomeOf(error: VenueError | null, { gone }: Pick<ErrorTable, 'gone'>): CancelOutcome {
  if (error === null || gone.cancel(error.code, error.text)) return { kind: 'gone' };
  return { kind: 'refused', why: { code: error.code, text: error.text.slice(0, 500) } };
}
