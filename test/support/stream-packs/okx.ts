import { createHmac } from 'node:crypto';
import { decimal, epochMs, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { OKX } from '../../../libs/venues/src/okx/protocol.js';
import { ID, OFFSET, T0 } from '../venue-packs/pack.js';
import { orderView, RECEIVED_AT, type StreamPack } from './pack.js';

const SYMBOL = 'BTC-USDT';
const ORDER_ID = '312269865356374016';
/** The venue's clock as of the test, in seconds. */
const SIGNED_AT = String(Math.floor((T0 + 1_000 + OFFSET) / 1_000));
const sign = createHmac('sha256', 'the-secret').update(`${SIGNED_AT}GET/users/self/verify`).digest('base64');
const filled = { cumQty: quantity('0.04'), avgPx: price('60000.1') };

export const okxStream: StreamPack = {
  name: 'OKX',
  fixtures: 'okx',
  protocol: OKX,
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret:the-passphrase' },
  path: '/ws/v5/private',
  answers: (sent) => {
    if (sent.op === 'login') return ['login'];
    const [arg] = sent.args as [{ channel: string }];
    return [arg.channel === 'orders' ? 'subscribedOrders' : 'subscribedAccount'];
  },
  refuses: () => ['refusedLogin'],
  asks: [
    { op: 'login', args: [{ apiKey: 'the-key', passphrase: 'the-passphrase', timestamp: SIGNED_AT, sign }] },
    { op: 'subscribe', args: [{ channel: 'orders', instType: 'SPOT' }] },
    { op: 'subscribe', args: [{ channel: 'account' }] },
  ],
  signed: ([login]) => (login!.args as [{ sign: string }])[0].sign === sign,
  pays: ['WS login', 'WS subscribe', 'WS subscribe', 'WS connect'],
  story: [
    [
      'order',
      [
        {
          kind: 'order',
          executionId: `/live/0/0.1/${T0 + 101}`,
          order: orderView(SYMBOL, ORDER_ID, { avgPx: null }),
          rejectReason: '',
          fill: null,
          venueAt: epochMs(T0 + 101),
          receivedAt: RECEIVED_AT,
        },
      ],
    ],
    [
      'fill',
      [
        {
          kind: 'order',
          executionId: `107601752/partially_filled/0.04/0.1/${T0 + 151}`,
          order: orderView(SYMBOL, ORDER_ID, { ...filled, updatedAt: epochMs(T0 + 151) }),
          rejectReason: '',
          fill: {
            symbol: SYMBOL,
            clientOrderId: ID,
            venueOrderId: ORDER_ID as VenueOrderId,
            tradeId: '107601752' as TradeId,
            lastQty: quantity('0.04'),
            lastPx: price('60000.1'),
            role: 'taker',
            fee: decimal('0.00004'),
            feeAsset: 'BTC',
            tradedAt: epochMs(T0 + 150),
          },
          venueAt: epochMs(T0 + 151),
          receivedAt: RECEIVED_AT,
        },
      ],
    ],
    [
      'canceled',
      [
        {
          kind: 'order',
          executionId: `/canceled/0.04/0.1/${T0 + 350}`,
          order: orderView(SYMBOL, ORDER_ID, { ...filled, status: 'canceled', updatedAt: epochMs(T0 + 350) }),
          rejectReason: '',
          fill: null,
          venueAt: epochMs(T0 + 350),
          receivedAt: RECEIVED_AT,
        },
      ],
    ],
    [
      'external',
      [
        {
          kind: 'order',
          executionId: `/live/0/0.5/${T0 + 401}`,
          order: orderView(SYMBOL, '312269865356374001', {
            clientOrderId: null,
            side: 'sell',
            orderQty: quantity('0.5'),
            price: price('59000'),
            avgPx: null,
            updatedAt: epochMs(T0 + 401),
          }),
          rejectReason: '',
          fill: null,
          venueAt: epochMs(T0 + 401),
          receivedAt: RECEIVED_AT,
        },
      ],
    ],
    [
      'balances',
      [
        {
          kind: 'balances',
          balances: [{ asset: 'USDT', free: decimal('3999.99'), locked: decimal('6000.01') }],
          venueAt: epochMs(T0 + 152),
        },
      ],
    ],
  ],
  others: ['other'],
  ends: 'ends',
  secrets: ['the-key', 'the-secret', 'the-passphrase'],
};
