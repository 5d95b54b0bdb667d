import { expect, it } from '@jest/globals';
import { ccxtVenues, ccxtVenuesProblem } from './setting.js';

it('reads venues of ccxt', () => {
  expect(ccxtVenues('east=bitstamp,west-1=gate:swap')).toEqual([
    { id: 'east', exchange: 'bitstamp', product: 'spot', pauseMs: 75 },
    { id: 'west-1', exchange: 'gate', product: 'linear', pauseMs: 50 },
  ]);
  expect(ccxtVenuesProblem('east=bitstamp,west-1=gate:swap', [])).toBeNull();
  expect(ccxtVenuesProblem('', [])).toBeNull();
});

it.each([
  ['east', 'must be id=exchange'],
  ['East=bitstamp', 'must be id=exchange'],
  ['east=bitstamp:margin', 'must be id=exchange'],
  ['east=../bitstamp', 'must be id=exchange'],
  ['east=nosuchexchange', 'that ccxt has, was "east=nosuchexchange"'],
  ['east=binance', 'without an adapter'],
  ['sim=bitstamp', 'built in'],
  ['a=bitstamp,a=gate', 'each id once'],
])('refuses %s', (text, why) => {
  expect(ccxtVenuesProblem(text, ['sim'])).toContain(why);
});
