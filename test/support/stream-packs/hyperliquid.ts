import { decimal, epochMs, price, quantity, type TradeId } from '#domain';
import { HYPERLIQUID } from '../../../libs/venues/src/hyperliquid/protocol.js';
import { hyperliquidPack } from '../venue-packs/hyperliquid.js';
import { T0 } from '../venue-packs/pack.js';
import { fillEvent, orderEvent, orderView, type StreamPack } from './pack.js';

const SYMBOL = 'BTC';
const ORDER_ID = '77738308';
const { account } = hyperliquidPack;
const subscribe = (type: string) => ({ method: 'subscribe', subscription: { type, user: account.apiKey } });

export const hyperliquidStream: StreamPack = {
  name: 'Hyperliquid',
  fixtures: 'hyperliquid',
  protocol: HYPERLIQUID,
  account,
  path: '/ws',
  answers: ({ subscription }) =>
    (subscription as { type: string }).type === 'orderUpdates' ? ['subscribedOrders'] : ['subscribedFills', 'snapshot'],
  refuses: () => ['refused'],
  asks: [subscribe('orderUpdates'), subscribe('userFills')],
  signed: (sent) => !JSON.stringify(sent).includes(account.apiSecret),
  pays: ['WS connect'],
  story: [
    ['order', [orderEvent(`open/0/0.1/${T0 + 101}`, orderView(SYMBOL, ORDER_ID))]],
    [
      'fill',
      [
        fillEvent(SYMBOL, ORDER_ID, {
          tradeId: '118906512037719' as TradeId,
          fee: decimal('1.080001'),
          feeAsset: 'USDC',
        }),
      ],
    ],
    [
      'partly',
      [
        orderEvent(
          `canceled/0.04/0.1/${T0 + 151}`,
          orderView(SYMBOL, ORDER_ID, {
            status: 'canceled',
            cumQty: quantity('0.04'),
            updatedAt: epochMs(T0 + 151),
          }),
        ),
      ],
    ],
    [
      'external',
      [
        orderEvent(
          `badAloPxRejected/0/0.5/${T0 + 401}`,
          orderView(SYMBOL, '77738400', {
            clientOrderId: null,
            side: 'sell',
            status: 'rejected',
            orderQty: quantity('0.5'),
            price: price('59000'),
            updatedAt: epochMs(T0 + 401),
          }),
          'badAloPxRejected',
        ),
      ],
    ],
  ],
  others: ['other'],
  lessThanHappened: [['another', 'MALFORMED_EVENT: fills of another account']],
  secrets: [account.apiSecret],
};
