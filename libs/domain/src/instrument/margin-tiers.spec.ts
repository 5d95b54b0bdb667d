import { expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { maintenanceMargin, maxLeverageOf, type MarginTier } from './margin-tiers.js';

const tier = (cap: string, maxLeverage: number, rate: string, deduction: string): MarginTier => ({
  notionalCap: decimal(cap),
  maxLeverage,
  maintenanceRate: decimal(rate),
  deduction: decimal(deduction),
});
const TIERS = [
  tier('50000', 125, '0.004', '0'),
  tier('250000', 100, '0.005', '50'),
  tier('1000000', 50, '0.01', '1300'),
];

it('takes the rate of the step that the notional is in, with no jump where steps meet', () => {
  const of = (notional: string): string | undefined => maintenanceMargin(TIERS, decimal(notional))?.toFixed();
  expect([of('0'), of('30140'), of('-30140'), of('50000'), of('50000.01')]).toEqual([
    '0',
    '120.56',
    '120.56',
    '200',
    '200.00005',
  ]);
  expect([of('250000'), of('250000.01'), of('2000000')]).toEqual(['1200', '1200.0001', '18700']);
});

it('is known only where the venue tells its steps', () => {
  expect([maintenanceMargin([], decimal('1')), maxLeverageOf([])]).toEqual([null, null]);
  expect(maxLeverageOf([...TIERS].reverse())).toBe(125);
});
