import { createHash, createHmac } from 'node:crypto';
import { decimal, epochMs, price, quantity, type TradeId } from '#domain';
import { KRAKEN } from '../../../libs/venues/src/kraken/protocol.js';
import { T0 } from '../venue-packs/pack.js';
import { fillEvent, framesOf, orderEvent, orderView, type StreamPack } from './pack.js';

const SYMBOL = 'XBTUSD';
const ORDER_ID = 'OUF4EM-FRGI2-MQMWZD';
const SECRET = Buffer.from('the-secret').toString('base64');
const TOKEN = 'WW91ciBhdXRoZW50aWNhdGlvbiB0b2tlbiBnb2VzIGhlcmUu';

export const krakenStream: StreamPack = {
  name: 'Kraken',
  fixtures: 'kraken',
  protocol: KRAKEN,
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: SECRET },
  path: '/v2',
  answers: () => ['status', 'subscribed'],
  refuses: () => ['refused'],
  asks: [{ method: 'subscribe', params: { channel: 'executions', token: TOKEN, snap_orders: true } }],
  signed: ([subscribe]) => (subscribe!.params as { token: string }).token === TOKEN,
  rest: ({ path, headers, body, text }) => {
    const inner = createHash('sha256')
      .update(`${body.get('nonce') ?? ''}${text}`)
      .digest();
    const sign = createHmac('sha512', Buffer.from(SECRET, 'base64'))
      .update(Buffer.concat([Buffer.from(path), inner]))
      .digest('base64');
    return path === '/0/private/GetWebSocketsToken' && headers['api-sign'] === sign
      ? { status: 200, body: framesOf({ fixtures: 'kraken' }).token }
      : undefined;
  },
  pays: ['WS connect', 'POST /0/private/GetWebSocketsToken'],
  story: [
    ['order', [orderEvent(`pending_new/working/0/0.1/${T0 + 101}`, orderView(SYMBOL, ORDER_ID, { avgPx: null }))]],
    [
      'working',
      [
        orderEvent(
          `new/working/0/0.1/${T0 + 102}`,
          orderView(SYMBOL, ORDER_ID, { avgPx: null, updatedAt: epochMs(T0 + 102) }),
        ),
      ],
    ],
    [
      'fill',
      [
        fillEvent(SYMBOL, ORDER_ID, {
          tradeId: 'THVRQM-33VKH-UCI7BS' as TradeId,
          fee: decimal('6.24001'),
          feeAsset: 'USD',
        }),
      ],
    ],
    [
      'canceled',
      [
        orderEvent(
          `canceled/canceled/0.04/0.1/${T0 + 350}`,
          orderView(SYMBOL, ORDER_ID, {
            status: 'canceled',
            cumQty: quantity('0.04'),
            avgPx: price('60000.1'),
            updatedAt: epochMs(T0 + 350),
          }),
        ),
      ],
    ],
    [
      'external',
      [
        orderEvent(
          `new/working/0.12345678901234567/0.5/${T0 + 401}`,
          orderView('XDGUSD', 'OGTT3Y-C6I3P-XRI6HX', {
            clientOrderId: null,
            side: 'sell',
            orderQty: quantity('0.5'),
            cumQty: quantity('0.12345678901234567'),
            price: price('59000'),
            avgPx: null,
            updatedAt: epochMs(T0 + 401),
          }),
        ),
      ],
    ],
  ],
  others: ['heartbeat', 'status'],
  lessThanHappened: [
    ['unknownOrder', 'SILENCE: a row tells less than happened'],
    ['afterSkip', 'SILENCE: frame 15 came after 13'],
  ],
  secrets: ['the-key', SECRET, TOKEN],
};
