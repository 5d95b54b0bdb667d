import { createHmac } from 'node:crypto';
import { decimal, epochMs, price, quantity, type TradeId } from '#domain';
import { bybit } from '../../../libs/venues/src/bybit/protocol.js';
import { OFFSET, T0 } from '../venue-packs/pack.js';
import { fillEvent, orderEvent, orderView, type StreamPack } from './pack.js';

const SYMBOL = 'BTCUSDT';
const ORDER_ID = 'c6f055d9-7f21-4079-913d-e6523a9cfffa';
const EXPIRES = String(T0 + 1_000 + OFFSET + 10_000);
const sign = createHmac('sha256', 'the-secret').update(`GET/realtime${EXPIRES}`).digest('hex');
const position = {
  kind: 'position',
  symbol: SYMBOL,
  side: 'both',
  markPx: price('60010'),
  leverage: 10,
  marginType: 'cross',
} as const;

export const bybitStream: StreamPack = {
  name: 'Bybit',
  fixtures: 'bybit',
  protocol: bybit('linear'),
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' },
  path: '/v5/private',
  answers: (sent) => [sent.op === 'auth' ? 'login' : 'subscribed'],
  refuses: () => ['refusedLogin'],
  asks: [
    { op: 'auth', args: ['the-key', EXPIRES, sign] },
    ...['order', 'execution', 'wallet', 'position'].map((topic) => ({ op: 'subscribe', args: [topic] })),
  ],
  signed: ([login]) => (login!.args as string[])[2] === sign,
  pays: ['WS connect'],
  story: [
    ['order', [orderEvent(`New/0/0.1/60000.1/${T0 + 101}`, orderView(SYMBOL, ORDER_ID, { avgPx: null }))]],
    [
      'fill',
      [
        fillEvent(SYMBOL, ORDER_ID, {
          tradeId: '7e2ae69c-4edf-5800-a352-893d52b446aa' as TradeId,
          fee: decimal('1.320002'),
          feeAsset: 'USDT',
        }),
      ],
    ],
    [
      'partly',
      [
        orderEvent(
          `PartiallyFilled/0.04/0.1/60000.1/${T0 + 151}`,
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
          `Rejected/0/0.5/59000/${T0 + 401}`,
          orderView(SYMBOL, '0b8ab5f2-7f21-4079-913d-e6523a9c0000', {
            clientOrderId: null,
            side: 'sell',
            status: 'rejected',
            orderQty: quantity('0.5'),
            price: price('59000'),
            avgPx: null,
            updatedAt: epochMs(T0 + 401),
          }),
          'EC_PerCancelRequest',
        ),
      ],
    ],
    ['funding', []],
    [
      'balances',
      [
        {
          kind: 'balances',
          balances: [{ asset: 'USDT', free: decimal('9159.5'), locked: decimal('840.5') }],
          venueAt: epochMs(T0 + 155),
        },
      ],
    ],
    [
      'position',
      [
        {
          ...position,
          qty: decimal('-0.04'),
          entryPx: price('60000.1'),
          unrealizedPnl: decimal('-0.396'),
          updatedAt: epochMs(T0 + 155),
        },
      ],
    ],
    ['flat', [{ ...position, qty: decimal('0'), entryPx: null, unrealizedPnl: null, updatedAt: epochMs(T0 + 255) }]],
  ],
  others: ['other'],
  secrets: ['the-key', 'the-secret'],
};
