import { generateKeyPairSync, verify } from 'node:crypto';
import { epochMs, price, quantity } from '#domain';
import { COINBASE } from '../../../libs/venues/src/coinbase/protocol.js';
import { OFFSET, T0 } from '../venue-packs/pack.js';
import { orderEvent, orderView, type Sent, type StreamPack } from './pack.js';

const SYMBOL = 'BTC-USD';
const ORDER_ID = '11111-00000-000000';
const KEY_NAME = 'organizations/o/apiKeys/k';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = privateKey.export({ type: 'sec1', format: 'pem' }).toString().replaceAll('\n', '\\n');
const filled = { cumQty: quantity('0.04'), avgPx: price('60000.1') };

/** True when the token is of our key, made now, and signed with it. */
function genuine({ jwt }: Sent): boolean {
  const [head = '', body = '', sign = ''] = String(jwt).split('.');
  const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string; nbf: number };
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
  return (
    said.sub === KEY_NAME &&
    said.nbf === Math.floor((T0 + 1_000 + OFFSET) / 1_000) &&
    verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(sign, 'base64url'))
  );
}

export const coinbaseStream: StreamPack = {
  name: 'Coinbase Advanced',
  fixtures: 'coinbase',
  protocol: COINBASE,
  account: { accountId: 'a', apiKey: KEY_NAME, apiSecret: SECRET },
  path: '/',
  answers: ({ channel }) => (channel === 'user' ? ['subscribedUser', 'snapshot'] : ['subscribedHeartbeats']),
  refuses: () => ['refused'],
  asks: [
    { type: 'subscribe', channel: 'user', product_ids: [] },
    { type: 'subscribe', channel: 'heartbeats', product_ids: [] },
  ],
  signed: (sent) => sent.every(genuine),
  pays: [],
  story: [
    [
      'order',
      [orderEvent('OPEN/0/0.1/60000.1', orderView(SYMBOL, ORDER_ID, { avgPx: null, updatedAt: epochMs(T0 + 101) }))],
    ],
    [
      'fill',
      [orderEvent('OPEN/0.04/0.1/60000.1', orderView(SYMBOL, ORDER_ID, { ...filled, updatedAt: epochMs(T0 + 151) }))],
    ],
    [
      'canceled',
      [
        orderEvent(
          'CANCELLED/0.04/0.04/60000.1',
          orderView(SYMBOL, ORDER_ID, { ...filled, status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        ),
      ],
    ],
    [
      'external',
      [
        orderEvent(
          'FAILED/0/0.5/59000',
          orderView(SYMBOL, '22222-00000-000000', {
            clientOrderId: null,
            side: 'sell',
            status: 'rejected',
            orderQty: quantity('0.5'),
            price: price('59000'),
            avgPx: null,
            updatedAt: epochMs(T0 + 401),
          }),
          'INSUFFICIENT_FUND',
        ),
      ],
    ],
  ],
  others: ['heartbeat'],
  secrets: [KEY_NAME, SECRET],
};
