import { z } from 'zod';
import type { EpochMs } from '#domain';
import { LOGIN, SOUND, SUBSCRIBED, type UserFrame, type UserStreamProtocol } from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { UserEvent } from '../ports.js';
import * as map from './map.js';
import type { BybitCategory } from './traits.js';

const said = z.object({ op: z.string().max(64), success: z.boolean().optional(), ret_msg: z.string().default('') });
const pushed = z.object({
  topic: z.string().max(64),
  creationTime: wire.ms,
  data: z.array(z.looseObject({ category: z.string().max(32).optional() })).max(2_000),
});

const orderRow = map.orderRow.extend({ avgPrice: wire.pxOrNone, rejectReason: z.string().max(128).default('') });

function orderEvent(raw: unknown, receivedAt: EpochMs): UserEvent {
  const row = orderRow.parse(raw);
  return {
    kind: 'order',
    executionId: [
      row.orderStatus,
      row.cumExecQty.toFixed(),
      row.qty.toFixed(),
      row.price?.toFixed(),
      row.updatedTime,
    ].join('/'),
    order: { ...map.view(row), avgPx: row.avgPrice },
    rejectReason: row.rejectReason === 'EC_NoError' ? '' : row.rejectReason,
    fill: null,
    venueAt: row.updatedTime,
    receivedAt,
  };
}

function fillEvents(
  rows: readonly Readonly<Record<string, unknown>>[],
  category: BybitCategory,
  receivedAt: EpochMs,
): UserEvent[] {
  return rows
    .filter(({ execType }) => map.isTrade({ execType: z.string().max(32).parse(execType) }))
    .map((raw) => {
      const fill = map.fill(raw, category);
      return { kind: 'fill', fill, venueAt: fill.tradedAt, receivedAt };
    });
}

/** A position's entry price has another name here than in the list of positions. */
const positionRow = map.positionRow.omit({ avgPrice: true }).extend({ entryPrice: wire.pxOrNone });

/** Flat positions too: they have just been closed. */
function positionEvent(raw: unknown): UserEvent {
  const row = positionRow.parse(raw);
  return {
    kind: 'position',
    symbol: row.symbol,
    side: map.POSITION_SIDE[row.positionIdx],
    qty: row.side === 'Sell' ? row.size.neg() : row.size,
    entryPx: row.entryPrice,
    markPx: row.markPrice,
    unrealizedPnl: row.unrealisedPnl,
    leverage: row.leverage === null ? null : Number(row.leverage.toFixed()),
    marginType: row.tradeMode === '1' ? 'isolated' : 'cross',
    updatedAt: row.updatedTime,
  };
}

const walletRow = z.object({
  accountType: z.literal('UNIFIED'),
  coin: z
    .array(map.coin.extend({ locked: wire.signedOrNone.optional().transform((value) => value ?? null) }))
    .max(2_000),
});

function read(frame: unknown, receivedAt: EpochMs, category: BybitCategory): UserFrame {
  const answer = said.safeParse(frame);
  if (answer.success) {
    const { op, success, ret_msg: text } = answer.data;
    if (success === false) return { kind: 'refused', text: `${op}: ${text}` };
    return op === 'auth' ? LOGIN : op === 'subscribe' ? SUBSCRIBED : SOUND;
  }
  const { topic, data, creationTime } = pushed.parse(frame);
  // One topic has all categories of the account.
  const rows = data.filter((row) => row.category === category);
  switch (topic) {
    case 'order':
      return { kind: 'events', events: rows.map((row) => orderEvent(row, receivedAt)) };
    case 'execution':
      return { kind: 'events', events: fillEvents(rows, category, receivedAt) };
    case 'position':
      return { kind: 'events', events: rows.map(positionEvent) };
    case 'wallet':
      return {
        kind: 'events',
        events: data.map((row) => ({
          kind: 'balances',
          balances: walletRow.parse(row).coin.map(map.balance),
          venueAt: creationTime,
        })),
      };
    default:
      return SOUND;
  }
}

/** Topics `order`, `execution`, `wallet` and, for contracts, `position`, of a unified account. */
export const bybitUserStream = (category: BybitCategory): UserStreamProtocol => ({
  options: {
    // ccxt would ask for the kind of account and for all positions.
    enableUnifiedMargin: false,
    enableUnifiedAccount: true,
    watchPositions: { fetchPositionsSnapshot: false, awaitPositionsSnapshot: false },
  },
  watches: [
    { method: 'watchOrders' },
    { method: 'watchMyTrades' },
    { method: 'watchBalance' },
    ...(category === 'linear' ? [{ method: 'watchPositions' }] : []),
  ],
  pays: ['WS connect'],
  reader: () => (frame, receivedAt) => read(frame, receivedAt, category),
});
