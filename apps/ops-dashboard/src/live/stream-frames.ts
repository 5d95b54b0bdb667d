import type { OrderRow } from '../api/types.js';

/** A change of one order, as `/ws/orders/` tells it (order-api.md 4.12). */
export interface OrderUpdate {
  readonly seq: number;
  readonly orderId: string;
  readonly updateType: string;
  readonly order: OrderRow;
}

/** The last sequence number that was taken in; null before the first subscription. */
export interface StreamPosition {
  readonly lastSeq: number | null;
}

export const AT_NO_POSITION: StreamPosition = { lastSeq: null };

/** What one frame means for us. */
export interface FrameReading {
  readonly position: StreamPosition;
  /** The subscription stands: what comes from now on is live. */
  readonly isSubscribed: boolean;
  /** Updates are missing that will not come: everything must be listed anew. */
  readonly mustRelist: boolean;
  readonly update: OrderUpdate | null;
}

/** The request that begins, or continues, the stream. */
export function subscribeCommand({ lastSeq }: StreamPosition): string {
  return JSON.stringify({
    command: 'subscribe',
    data_type: 'user_orders',
    ...(lastSeq === null ? {} : { since: lastSeq }),
  });
}

/**
 * Takes in one frame. Each update counts once and in order: what was seen already is dropped, and a hole in the
 * numbers asks for a new list. Frames that are not understood change nothing.
 */
export function readFrame(position: StreamPosition, text: string): FrameReading {
  const nothing: FrameReading = { position, isSubscribed: false, mustRelist: false, update: null };
  const frame = parse(text);
  const data = recordOf(frame?.['data']);
  switch (frame?.['type']) {
    case 'subscribed': {
      const seq = data['seq'];
      if (typeof seq !== 'number') return { ...nothing, isSubscribed: true };
      // A head before our position: the server counts anew, so numbers no longer compare.
      const isFresh = position.lastSeq === null || seq < position.lastSeq;
      return { ...nothing, isSubscribed: true, mustRelist: isFresh, position: isFresh ? { lastSeq: seq } : position };
    }
    case 'gap': {
      const seq = data['seq'];
      return {
        ...nothing,
        isSubscribed: true,
        mustRelist: true,
        position: typeof seq === 'number' ? { lastSeq: seq } : position,
      };
    }
    case 'order_update': {
      const seq = frame['seq'];
      if (typeof seq !== 'number') return nothing;
      const { lastSeq } = position;
      if (lastSeq !== null && seq <= lastSeq) return nothing;
      const mustRelist = lastSeq !== null && seq > lastSeq + 1;
      return { ...nothing, position: { lastSeq: seq }, mustRelist, update: updateOf(seq, data) };
    }
    default:
      return nothing;
  }
}

/** Null for orders that are not rows, such as multi orders. */
function updateOf(seq: number, data: Readonly<Record<string, unknown>>): OrderUpdate | null {
  const order = recordOf(data['order']);
  if (typeof order['id'] !== 'string' || typeof order['pair'] !== 'string') return null;
  return {
    seq,
    orderId: order['id'],
    updateType: typeof data['update_type'] === 'string' ? data['update_type'] : '',
    order: order as unknown as OrderRow,
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
