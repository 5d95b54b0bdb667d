import { err, ok, type Result, type VenueOrderId } from '#domain';
import { renderClientOrderId, type ProtocolId } from '../client-order-id.js';
import {
  UNSUPPORTED,
  type CancelAck,
  type CancelOutcome,
  type CancelRequest,
  type Cause,
  type ExternalCancelRequest,
  type Lookup,
  type OrderView,
  type Page,
  type Read,
  type Sent,
  type VenueFill,
  type VenueSession,
  type VenueSymbol,
} from '../ports.js';
import { GONE_CODES } from './classify-error.js';
import { READ_REPLY_MS, WRONG_ORDER, type BinanceCalls, type Params } from './calls.js';
import { decode } from './decode.js';
import * as map from './map.js';
import { successOf } from './outcome.js';
import * as wire from './wire-schemas.js';

type ReadView = (reply: unknown) => Result<OrderView, Cause>;

/** What spot and USD-M do alike with the orders of an account. */
export class BinanceOrders {
  constructor(
    private readonly calls: BinanceCalls,
    private readonly protocol: ProtocolId & `binance-${string}`,
  ) {}

  /** `read` takes the view out of the product's own reply. */
  cancel(request: CancelRequest, read: ReadView): Promise<Sent<CancelAck>> {
    const { symbol, clientOrderId } = request;
    const origClientOrderId = renderClientOrderId(this.protocol, clientOrderId);
    return this.end(symbol, { origClientOrderId }, read, (view) => view.clientOrderId === clientOrderId);
  }

  cancelExternal({ symbol, venueOrderId }: ExternalCancelRequest, read: ReadView): Promise<Sent<CancelAck>> {
    return this.end(symbol, { orderId: venueOrderId }, read, (view) => view.venueOrderId === venueOrderId);
  }

  /** Of one symbol, each with the venue's own id: they go into one request, and each has a row of its own in the reply. */
  async cancelMany(requests: readonly CancelRequest[], read: ReadView): Promise<Sent<readonly CancelOutcome[]>> {
    const symbol = requests[0]?.symbol;
    const ids = requests.flatMap(({ venueOrderId }) => venueOrderId ?? []);
    if (symbol === undefined || ids.length < requests.length || requests.some((one) => one.symbol !== symbol))
      return { kind: 'not_sent', why: NOT_ONE_BATCH };
    const record = await this.calls.signed('DELETE', 'batchOrders', { symbol, orderidlist: ids });
    return this.calls.decided('cancel', record, (reply) => readOutcomes(reply, ids, symbol, read));
  }

  private async end(
    symbol: VenueSymbol,
    named: Params,
    read: ReadView,
    isMeant: (view: OrderView) => boolean,
  ): Promise<Sent<CancelAck>> {
    const record = await this.calls.signed('DELETE', 'order', { symbol, ...named });
    const gone = this.calls.goneOf<CancelAck>(record, { kind: 'gone' });
    if (gone !== null) return gone;
    const sent = this.calls.decided('cancel', record, read);
    if (sent.kind !== 'done') return sent;
    const view = sent.value;
    return isMeant(view) && view.symbol === symbol
      ? { kind: 'done', value: { kind: 'canceled', view }, meta: sent.meta }
      : { kind: 'unknown', why: WRONG_ORDER, meta: sent.meta };
  }

  async find(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    const { symbol, clientOrderId, venueOrderId } = key;
    if (clientOrderId === undefined && venueOrderId === undefined) {
      return { kind: 'unclear', why: { code: 'NO_KEY', text: 'neither clientOrderId nor venueOrderId was given' } };
    }
    const named =
      clientOrderId === undefined
        ? { orderId: String(venueOrderId) }
        : { origClientOrderId: renderClientOrderId(this.protocol, clientOrderId) };
    const record = await this.calls.signed('GET', 'order', { symbol, ...named }, { replyTimeoutMs: READ_REPLY_MS });
    const reply = successOf(record);
    if (reply === null) {
      const { verdict, why, meta } = this.calls.failureOf('lookup', record);
      const told = meta === null ? {} : { meta };
      return verdict.kind === 'gone' ? { kind: 'absent', ...told } : { kind: 'unclear', why, ...told };
    }
    const { meta } = reply;
    const order = readOrder(reply.body);
    if (!order.ok) return { kind: 'unclear', why: order.error, meta };
    const { value } = order;
    const other =
      value.symbol !== symbol ||
      (clientOrderId !== undefined && value.clientOrderId !== clientOrderId) ||
      (clientOrderId === undefined && value.venueOrderId !== venueOrderId);
    return other ? { kind: 'unclear', why: WRONG_ORDER, meta } : { kind: 'found', order: value, meta };
  }

  /** Orders of another symbol than the one asked for would hide that some are missing. */
  open(symbol?: VenueSymbol): Promise<Read<Page<OrderView>>> {
    return this.calls.readList(
      'openOrders',
      symbol === undefined ? {} : { symbol },
      wire.ordersBody,
      (rows) => ({ rows: rows.map((row) => map.orderView(map.ofSymbol(row, symbol), row.updateTime)), next: null }),
      orderName,
    );
  }
}

/** Ids of orders and trades are those of an instrument. */
export const orderName = ({ symbol, venueOrderId }: OrderView): string => `${symbol}/${venueOrderId}`;
export const fillName = ({ symbol, tradeId }: VenueFill): string => `${symbol}/${tradeId}`;

/** An order as look-ups give it. */
export function readOrder(reply: unknown) {
  return decode(wire.orderBody, (row) => map.orderView(row, row.updateTime), reply);
}

/** Nothing is sent for what the venue cannot do; the text says who cannot do what. */
export function unsupported<T>(venue: string, what: string): Sent<T> {
  return { kind: 'not_sent', why: { code: UNSUPPORTED, text: `${venue} does not support ${what}` } };
}

const NOT_ONE_BATCH: Cause = Object.freeze({
  code: 'NOT_ONE_BATCH',
  text: 'one call cancels orders of one symbol whose ids at the venue are known',
});

/** A row for each id, in the order asked for: the order as it ended, or why it was not cancelled. */
function readOutcomes(
  reply: unknown,
  ids: readonly VenueOrderId[],
  symbol: VenueSymbol,
  read: ReadView,
): Result<readonly CancelOutcome[], Cause> {
  const rows = decode(wire.batchBody, (body) => body, reply);
  if (!rows.ok) return rows;
  if (rows.value.length !== ids.length)
    return err({ code: 'MALFORMED_REPLY', text: `${ids.length} orders were asked for, ${rows.value.length} answered` });
  const outcomes: CancelOutcome[] = [];
  for (const [index, row] of rows.value.entries()) {
    const refusal = wire.errorBody.safeParse(row);
    if (refusal.success) {
      const { code, msg } = refusal.data;
      const isGone = String(code) === GONE_CODES.cancel;
      outcomes.push(
        isGone ? { kind: 'gone' } : { kind: 'refused', why: { code: String(code), text: msg.slice(0, 500) } },
      );
      continue;
    }
    const view = read(row);
    if (!view.ok) return view;
    if (view.value.venueOrderId !== ids[index] || view.value.symbol !== symbol) return err(WRONG_ORDER);
    outcomes.push({ kind: 'canceled', view: view.value });
  }
  return ok(outcomes);
}
