import { describe, expect, it } from '@jest/globals';
import { Customer, DEFAULT_RESTRICTIONS } from '../accounts/customer.js';
import { checkSignature, checkTime, signedText, timeWindow } from './security.js';

/** The vendor's published example. */
const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const customer = new Customer({
  ...{ k: 'account', id: 1, name: 'a', apiKey: 'k', apiSecret: SECRET, keyType: 'HMAC', permissions: [], at: 0 },
  restrictions: DEFAULT_RESTRICTIONS,
});
const TEXT =
  'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559';
const SIGNATURE = 'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71';

describe('signature', () => {
  it("VE-C41 accepts the vendor's published example, in either case", () => {
    expect(() => checkSignature(customer, TEXT, SIGNATURE)).not.toThrow();
    expect(() => checkSignature(customer, TEXT, SIGNATURE.toUpperCase())).not.toThrow();
  });

  it.each([
    ['a changed bit of the text', TEXT.replace('quantity=1', 'quantity=3'), SIGNATURE],
    ['a changed digit of the signature', TEXT, SIGNATURE.replace(/^c/, 'd')],
    ['a cut signature', TEXT, SIGNATURE.slice(0, 63)],
    ['no hex', TEXT, 'z'.repeat(64)],
    ['nothing', TEXT, ''],
  ])('VE-C41 refuses %s with -1022', (_what, text, signature) => {
    expect(() => checkSignature(customer, text, signature)).toThrow(
      expect.objectContaining({ code: -1022, message: 'Signature for this request is not valid.' }),
    );
  });

  it('covers query and body as received, wherever the signature stands', () => {
    expect(signedText(`a=1&signature=${SIGNATURE}&b=%202`, 'c=3')).toBe('a=1&b=%202c=3');
    expect(signedText('a=1', `b=2&signature=${SIGNATURE}`)).toBe('a=1b=2');
    expect(signedText(`signature=${SIGNATURE}`, '')).toBe('');
    expect(signedText(`signature=${SIGNATURE}&a=1`, '')).toBe('a=1');
    expect(signedText('mysignature=1&a=signature=', '')).toBe('mysignature=1&a=signature=');
  });
});

describe('time window', () => {
  const now = 1_700_000_000_000;
  const check = (timestamp: number, recvWindow?: number): void =>
    checkTime(
      timeWindow(
        new Map([
          ['timestamp', String(timestamp)],
          ...(recvWindow === undefined ? [] : [['recvWindow', String(recvWindow)] as const]),
        ]),
      ),
      now,
    );

  it.each([[now + 999], [now], [now - 5_000]])('VE-C42 takes %d', (timestamp) => {
    expect(() => check(timestamp)).not.toThrow();
  });

  it.each([[now + 1_000], [now + 1_001], [now - 5_001]])('VE-C42 refuses %d with -1021', (timestamp) => {
    expect(() => check(timestamp)).toThrow(expect.objectContaining({ code: -1021 }));
  });

  it('uses the window that was sent, up to 60 s', () => {
    expect(() => check(now - 3_000, 3_000)).not.toThrow();
    expect(() => check(now - 3_001, 3_000)).toThrow(expect.objectContaining({ code: -1021 }));
    expect(() => check(now, 60_001)).toThrow(expect.objectContaining({ code: -1131 }));
  });
});
