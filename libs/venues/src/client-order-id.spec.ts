import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { deriveClientOrderId, type ClientOrderId, type ParentOrderId } from '#domain';
import { CLIENT_ORDER_ID_FORMS, parseClientOrderId, renderClientOrderId, type ProtocolId } from './client-order-id.js';

const protocols = Object.keys(CLIENT_ORDER_ID_FORMS) as ProtocolId[];

it('VE-A1 renders the id of (parent, 7) as 32 hex digits, as a dashed UUID and as 0x', () => {
  const id = deriveClientOrderId('018f5a3e-0000-7000-8000-000000000001' as ParentOrderId, 7);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(renderClientOrderId('binance-spot', id)).toBe(id);
  expect(renderClientOrderId('coinbase', id)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(renderClientOrderId('hyperliquid', id)).toBe(`0x${id}`);
});

it('VE-A1 brings a million ids back from all eight venues, each in the form the venue takes', () => {
  expect(protocols.filter((protocol) => protocol !== 'ccxt')).toHaveLength(8);
  const bytes = randomBytes(16_000_000);
  let wrong = 0;
  for (let i = 0; i < 1_000_000; i += 1) {
    const id = bytes.toString('hex', i * 16, i * 16 + 16) as ClientOrderId;
    const protocol = protocols[i % 8] as ProtocolId;
    // Every venue sees every eighth id, and each of the first thousand.
    for (const one of i < 1_000 ? protocols : [protocol]) {
      const text = renderClientOrderId(one, id);
      if (!CLIENT_ORDER_ID_FORMS[one].accepts.test(text) || parseClientOrderId(one, text) !== id) wrong += 1;
    }
  }
  expect(wrong).toBe(0);
});

it('takes no foreign id for one of ours', () => {
  const foreign = ['', 'web_1234', 'x-TKT5PX2F0123456789abcdef', '0123456789ABCDEF0123456789ABCDEF', '0x12'];
  for (const protocol of protocols) {
    for (const text of foreign) expect(parseClientOrderId(protocol, text)).toBeNull();
  }
  fc.assert(
    fc.property(fc.constantFrom(...protocols), fc.string(), (protocol, text) => {
      const id = parseClientOrderId(protocol, text);
      return id === null || renderClientOrderId(protocol, id) === text;
    }),
  );
});

it('refuses to render what is not an id of ours', () => {
  expect(() => renderClientOrderId('okx', 'abc' as ClientOrderId)).toThrow(
    'must be 32 lower-case hex digits, was "abc"',
  );
});
