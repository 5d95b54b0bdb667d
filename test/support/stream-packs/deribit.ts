import { createHmac } from 'node:crypto';
import { decimal, epochMs, price, quantity, type TradeId } from '#domain';
import { DERIBIT } from '../../../libs/venues/src/deribit/protocol.js';
import { OFFSET, T0 } from '../venue-packs/pack.js';
import { fillEvent, orderEvent, orderView, type StreamPack } from './pack.js';

const SYMBOL = 'BTC_USDC-PERPETUAL';
const ORDER_ID = 'USDC-584849853';
const SIGNED_AT = T0 + 1_000 + OFFSET;
const signature = createHmac('sha256', 'the-secret').update(`${SIGNED_AT}\n${SIGNED_AT}\n`).digest('hex');

export const deribitStream: StreamPack = {
  name: 'Deribit',
  fixtures: 'deribit',
  protocol: DERIBIT,
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' },
  path: '/ws/api/v2',
  answers: ({ method, params }) => {
    if (method === 'public/auth') return ['login'];
    const [channel] = (params as { channels: [string] }).channels;
    return [channel.startsWith('user.orders') ? 'subscribedOrders' : 'subscribedTrades'];
  },
  refuses: () => ['refusedLogin'],
  asks: [
    {
      method: 'public/auth',
      params: {
        grant_type: 'client_signature',
        client_id: 'the-key',
        timestamp: SIGNED_AT,
        signature,
        nonce: String(SIGNED_AT),
      },
    },
    { method: 'private/subscribe', params: { channels: ['user.orders.any.any.raw'] } },
    { method: 'private/subscribe', params: { channels: ['user.trades.any.any.raw'] } },
  ],
  signed: ([login]) => (login!.params as { signature: string }).signature === signature,
  pays: ['GET /api/v2/public/auth', 'WS private/subscribe', 'WS private/subscribe'],
  story: [
    ['order', [orderEvent(`open/0/0.1/60000.1/${T0 + 101}`, orderView(SYMBOL, ORDER_ID, { avgPx: null }))]],
    [
      'fill',
      [
        fillEvent(SYMBOL, ORDER_ID, {
          tradeId: 'USDC-219381310' as TradeId,
          fee: decimal('1.200002'),
          feeAsset: 'USDC',
        }),
      ],
    ],
    [
      'partly',
      [
        orderEvent(
          `open/0.04/0.1/60000.1/${T0 + 151}`,
          orderView(SYMBOL, ORDER_ID, {
            cumQty: quantity('0.04'),
            avgPx: price('60000.1'),
            updatedAt: epochMs(T0 + 151),
          }),
        ),
      ],
    ],
    [
      'external',
      [
        orderEvent(
          `open/0.12345678901234567/0.5/59000/${T0 + 401}`,
          orderView(SYMBOL, 'USDC-584849900', {
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
    ['inverse', []],
  ],
  others: ['other'],
  secrets: ['the-key', 'the-secret'],
};
