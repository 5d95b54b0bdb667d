import { toDecimalString, ZERO_QUANTITY, type EpochMs, type Price, type Quantity, type VenueOrderId } from '#domain';
import type { OrderView, PlaceAck, PlaceRequest } from '../ports.js';

/** Text of an amount for a request: plain digits, never an exponent. */
export const text = toDecimalString;

/** A rendered JSON body's own fields that are texts; empty when it is not an object. */
export function jsonBody(body: string | null): Readonly<Record<string, string | undefined>> {
  const value: unknown = JSON.parse(body ?? 'null');
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'object' ? undefined : String(one)]),
  );
}

/** The single value of a query or form field; null where it is missing or repeated. */
export function only(fields: URLSearchParams, field: string): string | null {
  const all = fields.getAll(field);
  return all.length === 1 ? (all[0] ?? null) : null;
}

type Asked = Pick<PlaceRequest, 'clientOrderId' | 'symbol' | 'side'> & {
  readonly orderQty: Quantity;
  readonly price: Price;
};

/**
 * An acknowledgement that gives the id alone: the order works, as far as it says. What was filled by then comes
 * with the next look.
 */
export function accepted(
  request: Asked,
  venueOrderId: VenueOrderId,
  at: EpochMs,
): PlaceAck & { readonly view: OrderView } {
  return {
    venueOrderId,
    fills: [],
    view: {
      clientOrderId: request.clientOrderId,
      venueOrderId,
      symbol: request.symbol,
      side: request.side,
      status: 'working',
      orderQty: request.orderQty,
      cumQty: ZERO_QUANTITY,
      price: request.price,
      updatedAt: at,
    },
  };
}
