import { describe, expect, it } from '@jest/globals';
import { decimal, type Decimal } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import type { Condition } from './condition.js';
import { evaluateCondition, NO_VARS, type ConditionOutcome, type ConditionVars } from './evaluate-condition.js';
import { parseCondition } from './parse-condition.js';

const NOW = epochMs(Date.UTC(2026, 2, 2));
const PRICES: Readonly<Record<string, string>> = {
  'BTC-USDT@Binance': '60000',
  'ETH-USDT@Binance': '3000',
  'ETH:PERP-USDT@Binance': '3005',
  'ETH:PERP-USDT@Bybit': '3006',
};

function parsed(text: string): Condition {
  const result = parseCondition(text);
  if (!result.ok) throw new Error(`${result.error.text} at ${result.error.position}`);
  return result.value;
}

function refusal(text: string): string {
  const result = parseCondition(text);
  return result.ok ? 'accepted' : `${result.error.text} at ${result.error.position}`;
}

function evaluated(
  condition: Condition,
  prices: Readonly<Record<string, string>> = PRICES,
  vars: ConditionVars = NO_VARS,
  qty = '5',
): ConditionOutcome {
  const mids = condition.prices.map(({ pair, exchange }): Decimal | null => {
    const mid = prices[`${pair}@${exchange}`];
    return mid === undefined ? null : decimal(mid);
  });
  const builtIns = { ':qty': decimal(qty), ':current_target': decimal('0'), ':filled': decimal('0') };
  return evaluateCondition(condition, { now: NOW, prices: mids, builtIns, vars });
}

/** True, false or why there is no value. */
function valueOf(text: string, prices = PRICES): boolean | string {
  const outcome = evaluated(parsed(text), prices);
  return outcome.kind === 'value' ? outcome.holds : outcome.why;
}

describe('examples of order conditions', () => {
  it.each<[number, string, string, boolean | string]>([
    [1, 'TIME > dt2023-09-24T00:00', 'TIME dt2023-09-24T00:00 >', true],
    [2, 'BTC-USDT@Binance > 300000', 'BTC-USDT@Binance 300000 >', false],
    [3, '( BTC-USDT@Binance / ETH-USDT@Binance ) > 20', 'BTC-USDT@Binance ETH-USDT@Binance / 20 >', false],
    [4, 'ETH:PERP-USDT@Bybit-ETH-USDT@Binance>=6', 'ETH:PERP-USDT@Bybit ETH-USDT@Binance - 6 >=', true],
    [5, 'ETH-USDT@Binance ETH:PERP-USDT@Binance - 1 >', 'ETH-USDT@Binance ETH:PERP-USDT@Binance - 1 >', false],
    [6, '2 + 3 * 4 == 14', '2 3 4 * + 14 ==', true],
    [7, '2 ** 3 ** 2 == 512', '2 3 2 ** ** 512 ==', true],
    [8, '-2 ** 2 == -4', '0 2 2 ** - 0 4 - ==', true],
    [9, 'TIME > dt2030-01-01T00:00 OR 1 < 2 AND 3 != 4', 'TIME dt2030-01-01T00:00 > 1 2 < 3 4 != AND OR', true],
    [10, 'max(BTC-USDT@Binance, 50000, 70000) % 7 == 0', 'BTC-USDT@Binance 50000 max 70000 max 7 % 0 ==', true],
    [12, '10 / 0 > 1', '10 0 / 1 >', 'division_by_zero'],
  ])('example %d: %s', (_, text, postfix, value) => {
    const condition = parsed(text);
    expect(condition.postfix).toBe(postfix);
    expect(parsed(postfix).steps).toEqual(condition.steps);
    expect(valueOf(text)).toBe(value);
  });

  it('example 11: keeps its own high and fires two per cent below it', () => {
    const condition = parsed(
      ':hi ?= BTC-USDT@Binance; :hi := max(:hi, BTC-USDT@Binance); BTC-USDT@Binance < :hi * 0.98',
    );
    expect(condition.postfix).toBe(
      ':hi BTC-USDT@Binance ?= ; :hi :hi BTC-USDT@Binance max := ; BTC-USDT@Binance :hi 0.98 * <',
    );
    const values: boolean[] = [];
    let vars = NO_VARS;
    for (const mid of ['60000', '62000', '60700']) {
      const outcome = evaluated(condition, { 'BTC-USDT@Binance': mid }, vars);
      if (outcome.kind === 'void') throw new Error(outcome.text);
      values.push(outcome.holds);
      vars = outcome.vars;
    }
    expect(values).toEqual([false, false, true]);
    expect(vars).toEqual({ hi: '62000' });
  });

  it.each([
    [13, 'BTC-USDT@Binance >', 'unexpected end at 18'],
    [14, '1 < 2 < 3', "unexpected '<' at 6"],
  ])('example %d: %s', (_, text, fault) => {
    expect(refusal(text)).toBe(fault);
  });
});

describe('reading a condition', () => {
  it.each([
    ['A-B@X-C-D@Y>1', 'A-B@X C-D@Y - 1 >'],
    ['1.5-ETH-USDT@Binance<2', '1.5 ETH-USDT@Binance - 2 <'],
    ['1<2and time>=dt2024-02-29T23:59:58or 3>2', '1 2 < TIME dt2024-02-29T23:59:58 >= AND 3 2 > OR'],
    ['BTC:CALL@50000.5_2026.12.25-USD@deribit > 1', 'BTC:CALL@50000.5_2026.12.25-USD@deribit 1 >'],
    ['BTC:FUTURE_2026.12.25-USDT@X > 1', 'BTC:FUTURE_2026.12.25-USDT@X 1 >'],
    ['( :x := 3 ) * :x == 9', ':x 3 := :x * 9 =='],
    ['2 ** -1 == 0.5', '2 0 1 - ** 0.5 =='],
    ['8 - 3 - 2 == 3', '8 3 - 2 - 3 =='],
    ['min(3) == 3', '3 3 =='],
    [':qty > 1e3', ':qty 1e3 >'],
    ['1 ; 2 3 <', '1 ; 2 3 <'],
    ['\t1\n<\r2 ', '1 2 <'],
  ])('%j is %s', (text, postfix) => {
    expect(parsed(text).postfix).toBe(postfix);
  });

  it('names a price once, whatever the case of its exchange', () => {
    const { prices } = parsed('BTC-USDT@binance + BTC-USDT@BINANCE > ETH-USDT@Binance');
    expect(prices).toEqual([
      { pair: 'BTC-USDT', exchange: 'binance', position: 0 },
      { pair: 'ETH-USDT', exchange: 'Binance', position: 38 },
    ]);
  });

  it.each([
    ['', 'unexpected end at 0'],
    ['  ', 'unexpected end at 2'],
    ['1 < 2 )', "unexpected ')' at 6"],
    ['(1 < 2', 'unexpected end at 6'],
    ['1 < 2 $', "unexpected '$' at 6"],
    ['1 < 2 < 3 $', "unexpected '<' at 6"],
    ['foo > 1', "unexpected 'foo' at 0"],
    ['1 2<', "unexpected '2' at 2"], // postfix needs the space
    ['1 2 < <', "unexpected '2' at 2"],
    ['1 2 3 <', "unexpected '2' at 2"],
    ['max 3 > 1', "unexpected '3' at 4"],
    ['--1 < 2', "unexpected '-' at 1"],
    ['1 < 2; 2 < 3', "unexpected ';' at 5"],
    [':x := 1', 'unexpected end at 7'],
    ['dt2023-02-29T00:00 < TIME', "no such time 'dt2023-02-29T00:00' at 0"],
    ['TIME > dt2023-01-01T24:00', "no such time 'dt2023-01-01T24:00' at 7"],
    ['BTC:FUTURE_2023.02.29-USDT@X > 1', "no such day in 'BTC:FUTURE_2023.02.29-USDT' at 0"],
    ['1 > 1e1000', "number '1e1000' is too large at 4"],
    ['1 < 2 \u0000', "unexpected '?' at 6"],
  ])('refuses %j: %s', (text, fault) => {
    expect(refusal(text)).toBe(fault);
  });
});

describe('types of a condition', () => {
  it.each([
    ['5', 'must be true or false, was a number at 0'],
    [':x := 1; :x + 1', 'must be true or false, was a number at 9'],
    ['TIME > 5', "'>' does not take a time and a number at 5"],
    ['TIME + TIME > TIME', "'+' does not take a time and a time at 5"],
    ['5 + TIME > TIME', "'+' does not take a number and a time at 2"],
    ['-TIME < TIME', "'-' does not take a number and a time at 0"],
    ['1 < 2 AND 3', "'AND' does not take a boolean and a number at 6"],
    ['(1 < 2) + 1 > 0', "'+' does not take a boolean and a number at 8"],
    ['(1 < 2) < (2 < 3)', "'<' does not take a boolean and a boolean at 8"],
    ['max(1, TIME) > 1', "'max' does not take a number and a time at 0"],
    [':x > 1', "variable ':x' is read before it is set at 0"],
    [':x := :x + 1; :x > 1', "variable ':x' is read before it is set at 6"],
    [':qty := 1; 1 < 2', "variable ':qty' is read-only at 0"],
    [':x ?= 1; :x := TIME; 1 < 2', "variable ':x' holds a number, not a time at 9"],
  ])('refuses %j: %s', (text, fault) => {
    expect(refusal(text)).toBe(fault);
  });

  it.each<[string, boolean]>([
    ['TIME - dt2026-03-01T23:59:30 == 30', true],
    ['dt2026-03-01T23:59:30 + 30 == TIME', true],
    ['TIME - 0.5 < TIME', true],
    [':t ?= TIME; TIME - :t >= 0', true],
    [':b := 1 < 2; :b == (3 < 4)', true],
    ['max(TIME, dt2030-01-01T00:00) == dt2030-01-01T00:00', true],
  ])('%s is %s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });
});

describe('limits of a condition', () => {
  const many = (count: number, piece: (i: number) => string, between: string): string =>
    Array.from({ length: count }, (_, i) => piece(i)).join(between);
  const ones = (count: number): string => many(count, () => '1', '+');

  it('takes 200 tokens, not 201', () => {
    expect(refusal(`${ones(99)} > - 1`)).toBe('accepted'); // 99 numbers with 98 signs between, and three more
    expect(refusal(`${ones(99)} - 1 > 1`)).toBe('more than 200 tokens at 204');
  });

  it('takes 32 brackets within each other, not 33', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}1${')'.repeat(depth)} < 2`;
    expect(refusal(nested(32))).toBe('accepted');
    expect(refusal(nested(33))).toBe('nested deeper than 32 at 32');
    expect(refusal(`${'max('.repeat(33)}1${')'.repeat(33)} < 2`)).toBe('nested deeper than 32 at 131');
  });

  it('takes 16 different prices, not 17', () => {
    const prices = (count: number): string => `${many(count, (i) => `C${i}-USDT@X`, '+')} > 1`;
    expect(refusal(prices(16))).toBe('accepted');
    expect(refusal(`${prices(16)} AND C0-USDT@x < 2`)).toBe('accepted');
    expect(refusal(prices(17))).toBe(`more than 16 prices at ${prices(16).length - 3}`);
  });

  it('takes 16 variables of its own, not 17', () => {
    const sets = (count: number): string => many(count, (i) => `:v${i} := ${i}; `, '');
    expect(refusal(`${sets(16)}:v0 := 1; :qty > 1`)).toBe('accepted');
    expect(refusal(`${sets(17)}1 < 2`)).toBe(`more than 16 variables at ${sets(16).length}`);
  });

  it('takes 2,000 characters, not 2,001', () => {
    expect(refusal(`1 < 2${' '.repeat(1_995)}`)).toBe('accepted');
    expect(refusal(`1 < 2${' '.repeat(1_996)}`)).toBe('longer than 2000 characters at 2000');
  });
});

describe('evaluating a condition', () => {
  it.each<[string, boolean | string]>([
    ['1 / 3 * 3 == 0.9999999999999999999999999999999999', true], // 34 digits
    ['2 / 3 == 0.6666666666666666666666666666666667', true],
    ['0.1 + 0.2 == 0.3', true],
    ['-7 % 3 == -1', true],
    ['(-7) % 3 == -1', true],
    ['7 % (-3) == 1', true],
    ['2 ** 0.5 > 1.41', true],
    ['2 ** -3 == 0.125', true],
    ['(0 - 8) ** 0.5 > 0', 'overflow'],
    ['0 ** -1 > 0', 'overflow'],
    ['5 % 0 == 0', 'division_by_zero'],
    ['10 ** 999 > 1', true],
    ['10 ** 1000 > 1', 'overflow'],
    ['1 < 2 OR 1 / 0 > 1', 'division_by_zero'], // both sides always run
    ['2 < 1 AND 1 / 0 > 1', 'division_by_zero'],
    ['SOL-USDT@Binance > 1 OR 1 < 2', 'stale_price'],
    ['(:a := 1) < 2 OR (:b := 2) > 3', true],
    [':qty == 5 AND :filled == 0 AND :current_target == 0', true],
  ])('%s is %s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each<[string, boolean | string]>([
    ['9 ** 9 ** 9 ** 9 > 1', 'overflow'],
    ['10 ** 1e900 > 1', 'overflow'],
    ['(1 + 1e-30) ** 1e32 > 2 ** 144', true],
    ['0.5 ** 1e900 == 0', true],
    ['(0 - 1.5) ** 1e900 > 1', 'overflow'],
    ['1e999 % 7e-990 < 7e-990', true],
    ['2 ** (1e30 + 0.5) > 1', 'overflow'],
    ['1e-999 ** 0.3333 < 1', true],
    ['(0 - 3) ** 1e15 > 1', 'overflow'],
  ])('%s, of huge numbers, is %s without delay', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it('sets a variable once with ?=, each time with :=, and shows both sides of AND and OR', () => {
    const condition = parsed(':n ?= 0; :n := :n + 1; :n ?= 9; (:m := :n) >= 3 OR (:k := 1) < 0');
    let vars = NO_VARS;
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i += 1) {
      const outcome = evaluated(condition, {}, vars);
      if (outcome.kind === 'void') throw new Error(outcome.text);
      vars = outcome.vars;
      seen.push([outcome.holds, vars]);
    }
    expect(seen).toEqual([
      [false, { n: '1', m: '1', k: '1' }],
      [false, { n: '2', m: '2', k: '1' }],
      [true, { n: '3', m: '3', k: '1' }],
    ]);
  });

  it('a void evaluation leaves no trace in the variables', () => {
    const condition = parsed(':n ?= 0; :n := :n + 1; 1 / (:n - 2) > 9');
    const first = evaluated(condition);
    if (first.kind === 'void') throw new Error(first.text);
    const kept = { ...first.vars };
    expect(evaluated(condition, {}, first.vars)).toMatchObject({ kind: 'void', why: 'division_by_zero' });
    expect(first.vars).toEqual(kept);
  });

  it('gives back the same variables when none has changed', () => {
    const vars = { t: '3' };
    const outcome = evaluated(parsed(':t := 3; 1 > 2'), {}, vars);
    expect(outcome.kind === 'value' && outcome.vars).toBe(vars);
  });

  it('keeps variables as plain decimals, zero without a sign', () => {
    const outcome = evaluated(
      parsed(':a := 1e-8; :b := 1e30; :c := 0 * (0 - 1); :t := TIME + 0.25; :y := 1 < 2; 1 > 2'),
    );
    expect(outcome).toEqual({
      kind: 'value',
      holds: false,
      vars: {
        a: '0.00000001',
        b: '1000000000000000000000000000000',
        c: '0',
        t: `${NOW / 1000}.25`,
        y: '1',
      },
    });
  });

  it('names the price that is missing', () => {
    expect(evaluated(parsed('BTC-USDT@Binance > SOL-USDT@Binance'))).toMatchObject({
      kind: 'void',
      text: 'no price of SOL-USDT@Binance',
    });
  });
});
