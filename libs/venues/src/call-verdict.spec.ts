import { describe, expect, it } from '@jest/globals';
import { addMs, epochMs } from '#domain';
import { callVerdict, type FailedCall } from './call-verdict.js';
import type { ProtocolId } from './client-order-id.js';

const NOW = epochMs(1_700_000_000_000);
const failure = (
  code: string,
  httpStatus?: number,
  more: { text?: string; venueCode?: string; retryAt?: FailedCall['retryAt'] } = {},
): FailedCall => ({
  why: { code, text: more.text ?? 'words' },
  ...(httpStatus === undefined
    ? {}
    : {
        meta: {
          sentAt: NOW,
          httpStatus,
          headers: {},
          ...(more.venueCode === undefined ? {} : { venueCode: more.venueCode }),
        },
      }),
  ...(more.retryAt === undefined ? {} : { retryAt: more.retryAt }),
});

describe('what a call says of its account', () => {
  it.each<[string, ProtocolId, FailedCall, string]>([
    ['an unknown key at Binance', 'binance-spot', failure('-2015', 401, { venueCode: '-2015' }), 'key_refused'],
    ['a refused key under another status', 'binance-usdm', failure('-2014', 400), 'key_refused'],
    ['any 401', 'coinbase', failure('HTTP_401', 401), 'key_refused'],
    ['what the key may not do', 'coinbase', failure('PERMISSION_DENIED', 403), 'key_refused'],
    ['a page of 403', 'coinbase', failure('HTTP_403', 403), 'fine'],
    ['a text of Kraken', 'kraken', failure('REFUSED', 200, { text: 'EAPI:Invalid key' }), 'key_refused'],
    ['418', 'okx', failure('HTTP_418', 418), 'banned'],
    ['403 at Bybit', 'bybit', failure('HTTP_403', 403), 'banned'],
    ['403 elsewhere', 'binance-spot', failure('HTTP_403', 403), 'fine'],
    ['a session that Deribit ends', 'deribit', failure('10028', 200), 'banned'],
    ['maintenance at OKX', 'okx', failure('50001', 503), 'maintenance'],
    ['an order that is not there', 'binance-spot', failure('-2013', 400), 'fine'],
    ['429', 'binance-spot', failure('-1003', 429), 'fine'],
    ['a timeout', 'binance-spot', failure('TIMEOUT'), 'failed'],
    ['5xx', 'binance-spot', failure('HTTP_502', 502), 'failed'],
    ['what cannot be read', 'binance-spot', failure('MALFORMED_REPLY', 200), 'failed'],
  ])('%s at %s', (_, protocol, failed, kind) => {
    expect(callVerdict(protocol, failed, NOW)?.kind).toBe(kind);
  });

  it('is nothing when the venue was not asked', () => {
    expect(callVerdict('okx', failure('BUDGET'), NOW)).toBeNull();
    expect(callVerdict('okx', null, NOW)).toEqual({ kind: 'fine' });
  });

  it('says how far a ban reaches and when it ends', () => {
    expect(callVerdict('binance-spot', failure('-1003', 418, { retryAt: addMs(NOW, 7_000) }), NOW)).toMatchObject({
      ban: { scope: 'ip', until: addMs(NOW, 7_000) },
    });
    expect(callVerdict('deribit', failure('10028', 200), NOW)).toMatchObject({
      ban: { scope: 'account', until: addMs(NOW, 120_000) },
    });
  });
});
