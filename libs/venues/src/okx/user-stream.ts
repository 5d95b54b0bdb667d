import { z } from 'zod';
import {
  LOGIN,
  SOUND,
  SUBSCRIBED,
  type UserFrameReader,
  type UserStreamProtocol,
} from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { EpochMs } from '#domain';
import type { UserEvent, VenueFill } from '../ports.js';
import * as map from './map.js';

const INST_TYPE = 'SPOT';

const said = z.object({
  event: z.string().max(64),
  code: z.string().max(16).default('0'),
  msg: z.string().default(''),
});
const pushed = z.object({ arg: z.looseObject({ channel: z.string().max(64) }), data: z.array(z.unknown()).max(2_000) });

const orderRow = map.orderRow.extend({
  instType: z.literal(INST_TYPE),
  avgPx: wire.pxOrNone,
  tradeId: z.string().max(80),
});
const fillOf = z.object({
  tradeId: wire.tradeId,
  fillSz: wire.amount,
  fillPx: wire.px,
  fillFee: wire.signed,
  fillFeeCcy: z.string().max(32),
  fillTime: wire.ms,
  execType: z.enum(['T', 'M']),
});

/** Each push has the order as it stands, and its newest trade where there is one. */
function orderEvent(raw: unknown, receivedAt: EpochMs): UserEvent {
  const row = orderRow.parse(raw);
  const order = { ...map.view(row), avgPx: row.avgPx };
  const fill = row.tradeId === '' ? null : fillView(fillOf.parse(raw), order);
  return {
    kind: 'order',
    executionId: [row.tradeId, row.state, row.accFillSz.toFixed(), row.sz.toFixed(), row.uTime].join('/'),
    order,
    rejectReason: '',
    fill,
    venueAt: row.uTime,
    receivedAt,
  };
}

/** OKX writes a fee that was taken below zero. */
function fillView(
  row: z.output<typeof fillOf>,
  { symbol, clientOrderId, venueOrderId }: Pick<VenueFill, 'symbol' | 'clientOrderId' | 'venueOrderId'>,
): VenueFill {
  return {
    symbol,
    clientOrderId,
    venueOrderId,
    tradeId: row.tradeId,
    lastQty: row.fillSz,
    lastPx: row.fillPx,
    role: row.execType === 'M' ? 'maker' : 'taker',
    fee: row.fillFee.neg(),
    feeAsset: row.fillFeeCcy,
    tradedAt: row.fillTime,
  };
}

const accountRow = z.object({
  uTime: wire.ms,
  details: z.array(z.object({ ccy: wire.name, availBal: wire.amount, frozenBal: wire.amount })).max(2_000),
});

function balanceEvent(raw: unknown): UserEvent {
  const { uTime, details } = accountRow.parse(raw);
  return {
    kind: 'balances',
    balances: details.map((row) => ({ asset: row.ccy, free: row.availBal, locked: row.frozenBal })),
    venueAt: uTime,
  };
}

const read: UserFrameReader = (frame, receivedAt) => {
  if (frame === 'pong') return SOUND;
  const event = said.safeParse(frame);
  if (event.success) {
    const { event: word, code, msg } = event.data;
    // A notice tells that the connection ends within a minute.
    if (word === 'notice' || word.includes('error') || code !== '0') {
      return { kind: 'refused', text: `${word} ${code} ${msg}` };
    }
    return word === 'login' ? LOGIN : word === 'subscribe' ? SUBSCRIBED : SOUND;
  }
  const { arg, data } = pushed.parse(frame);
  switch (arg.channel) {
    case 'orders':
      return { kind: 'events', events: data.map((row) => orderEvent(row, receivedAt)) };
    case 'account':
      return { kind: 'events', events: data.map(balanceEvent) };
    default:
      return SOUND;
  }
};

/** Channels `orders`, which brings trades as well, and `account`. */
export const OKX_USER_STREAM: UserStreamProtocol = {
  watches: [
    { method: 'watchOrders', args: [undefined, undefined, undefined, { type: INST_TYPE }] },
    { method: 'watchBalance' },
  ],
  pays: ['WS login', 'WS subscribe', 'WS subscribe', 'WS connect'],
  reader: () => read,
};
