import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '#order-intake';
import { Faults, FieldReader } from './field-reader.js';
import { isAllowedIp, readAllowedIps } from './ip-allow-list.js';

function read(raw: JsonValue): readonly [readonly string[] | undefined, Faults['errors']] {
  const faults = new Faults();
  return [readAllowedIps(new FieldReader({ allowed_ips: raw }, faults)), { ...faults.errors }];
}

describe('addresses that a secret may be used from', () => {
  it('are addresses and CIDR blocks, each once', () => {
    expect(read(['203.0.113.7', '203.0.113.0/24', '2001:DB8::/32', '203.0.113.7'])).toEqual([
      ['203.0.113.7', '203.0.113.0/24', '2001:db8::/32'],
      {},
    ]);
    expect(read([])).toEqual([[], {}]);
  });

  it.each([
    ['203.0.113.0/33', `'203.0.113.0/33'`],
    ['203.0.113.0/', `'203.0.113.0/'`],
    ['203.0.113.0/24/1', `'203.0.113.0/24/1'`],
    ['2001:db8::/129', `'2001:db8::/129'`],
    ['fe80::1%eth0', `'fe80::1%eth0'`],
    ['example.com', `'example.com'`],
    [new LosslessNumber('5'), '5'],
  ])('are not %j', (entry, was) => {
    const text = `allowed_ips[1] must be an address or a CIDR block such as 203.0.113.0/24, was ${was}`;
    expect(read(['203.0.113.7', entry])).toEqual([undefined, { 'allowed_ips[1]': [text] }]);
  });

  it.each([
    [[], '198.51.100.1', true],
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['203.0.113.0/24'], '203.0.113.255', true],
    [['203.0.113.0/24'], '203.0.114.0', false],
    [['203.0.113.0/24'], '::ffff:203.0.113.9', true],
    [['2001:db8::/32'], '2001:db8:1::5', true],
    [['2001:db8::/32'], '2001:db9::5', false],
    [['0.0.0.0/0'], '2001:db9::5', false],
    [['203.0.113.0/24'], 'unknown', false],
  ])('%j let %s in: %s', (list, address, isLetIn) => {
    expect(isAllowedIp(list, address)).toBe(isLetIn);
  });
});
