import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import {
  classifyBinance,
  retryDelayMs,
  SPOT_ERRORS,
  USDM_ERRORS,
  type CallKind,
  type ErrorClass,
  type Observation,
} from './classify-error.js';

interface Recorded {
  readonly call: CallKind;
  readonly httpStatus: number;
  readonly code: number;
  readonly msg: string;
  readonly expect: ErrorClass;
}
const recorded = JSON.parse(readFileSync('test/fixtures/binance-spot/errors.json', 'utf8')) as Recorded[];

const seen = (over: Partial<Observation>): Observation => ({
  stage: 'body',
  failure: null,
  httpStatus: null,
  venueCode: null,
  text: '',
  ...over,
});

describe('classifyBinance for spot', () => {
  it.each(recorded)('$call: HTTP $httpStatus $code "$msg" is $expect.kind', (row) => {
    const observation = seen({ httpStatus: row.httpStatus, venueCode: String(row.code), text: row.msg });
    expect(classifyBinance(SPOT_ERRORS, row.call, observation)).toEqual(row.expect);
  });

  it.each(['dns', 'connect', 'tls', null] as const)('a failure at stage %s never left this host', (stage) => {
    expect(classifyBinance(SPOT_ERRORS, 'place', seen({ stage, failure: 'ECONNREFUSED' }))).toEqual({
      kind: 'not_sent',
      code: 'ECONNREFUSED',
    });
  });

  it.each(['written', 'headers', 'body'] as const)('a failure at stage %s may have reached the venue', (stage) => {
    expect(classifyBinance(SPOT_ERRORS, 'place', seen({ stage, failure: 'ECONNRESET' }))).toEqual({
      kind: 'unknown',
      code: 'ECONNRESET',
      exists: false,
    });
  });

  it.each([
    [200, 'unknown'],
    [302, 'unknown'],
    [400, 'unknown'],
    [403, 'rate'],
    [404, 'unknown'],
    [408, 'unknown'],
    [409, 'unknown'],
    [418, 'rate'],
    [429, 'rate'],
    [500, 'unknown'],
    [502, 'unknown'],
    [503, 'unknown'],
    [504, 'unknown'],
  ])('HTTP %i without a code of the venue is %s', (httpStatus, kind) => {
    expect(classifyBinance(SPOT_ERRORS, 'place', seen({ httpStatus })).kind).toBe(kind);
  });

  it('calls nothing refused that was written unless a 4xx and a listed code say so', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('written' as const, 'headers' as const, 'body' as const),
        fc.constantFrom(null, null, null, 'REPLY_TIMEOUT', 'ECONNRESET', 'REPLY_CUT'),
        fc.option(fc.oneof(fc.constantFrom(400, 401, 408, 409, 500, 503), fc.integer({ min: 100, max: 599 }))),
        fc.option(
          fc.oneof(fc.constantFrom(-2010, -1013, -1121, -1007), fc.integer({ min: -2100, max: -1000 })).map(String),
        ),
        fc.constantFrom('Duplicate order sent.', 'Market is closed.', ''),
        (stage, failure, httpStatus, venueCode, text) => {
          const verdict = classifyBinance(SPOT_ERRORS, 'place', { stage, failure, httpStatus, venueCode, text });
          must(verdict.kind !== 'not_sent', 'what was written is never called unsent');
          if (verdict.kind !== 'refused') return;
          refused += 1;
          must(failure === null, `refused in spite of ${failure}`);
          const is4xx = httpStatus !== null && httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408;
          must(is4xx, `refused with ${httpStatus}`);
          must(venueCode !== '-2010' || text !== 'Duplicate order sent.', 'a duplicate is not refused');
        },
      ),
      { numRuns: 20_000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});

describe('classifyBinance for USD-M', () => {
  const rows = JSON.parse(readFileSync('test/fixtures/binance-usdm/errors.json', 'utf8')) as Recorded[];

  it.each(rows)('$call: HTTP $httpStatus $code "$msg" is $expect.kind', (row) => {
    const observation = seen({ httpStatus: row.httpStatus, venueCode: String(row.code), text: row.msg });
    expect(classifyBinance(USDM_ERRORS, row.call, observation)).toEqual(row.expect);
  });

  it('VE-A10 takes 503 with -1008 as refused and without as unknown, where spot knows neither', () => {
    const overloaded = (venueCode: string | null) => seen({ httpStatus: 503, venueCode });
    expect(classifyBinance(USDM_ERRORS, 'place', overloaded('-1008')).kind).toBe('refused');
    expect(classifyBinance(USDM_ERRORS, 'place', overloaded(null)).kind).toBe('unknown');
    expect(classifyBinance(SPOT_ERRORS, 'place', overloaded('-1008')).kind).toBe('unknown');
    const cut = { ...overloaded('-1008'), failure: 'REPLY_CUT' };
    expect(classifyBinance(USDM_ERRORS, 'place', cut).kind).toBe('unknown');
  });
});

it('waits as long as the venue says, or the longest window the refusal may stand for', () => {
  expect(retryDelayMs('requests', '7')).toBe(7_000);
  expect(retryDelayMs('requests', '0')).toBe(1_000);
  expect(retryDelayMs('orders', undefined)).toBe(10_000);
  expect(retryDelayMs('ban', 'Wed, 21 Oct 2026 07:28:00 GMT')).toBe(120_000);
});
