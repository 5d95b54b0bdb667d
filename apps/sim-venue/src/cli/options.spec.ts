import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { simVenueConfig } from '../config.js';
import { helpText, readCommandLine } from './options.js';
import { UsageError } from './usage-error.js';

const env = (...argv: string[]) => readCommandLine(argv, { SIM_SEED: '7', HOME: '/home/me' })?.env;
const accounts = (...argv: string[]) => readCommandLine(argv, {})?.accounts;

describe('command line', () => {
  it('puts flags over the environment', () => {
    expect(env('--seed', '9', '--market', 'scripted', '--allow-remote')).toEqual({
      ...{ SIM_SEED: '9', HOME: '/home/me', SIM_MARKET: 'scripted', SIM_ALLOW_REMOTE: 'yes' },
    });
    expect(env()).toEqual({ SIM_SEED: '7', HOME: '/home/me' });
  });

  it('names every variable in its help, with its default', () => {
    for (const variable of Object.keys(simVenueConfig)) expect(helpText()).toMatch(new RegExp(`\\(${variable}, \\w`));
    expect(helpText()).toContain('(SIM_SPOT_PORT, default 7601)');
    expect(readCommandLine(['--seed', '1', '--help'], {})).toBeNull();
  });

  it('is what the README lists, with the same defaults', async () => {
    const readme = await readFile('apps/sim-venue/README.md', 'utf8');
    const listed = [...readme.matchAll(/^\| `--([\w-]+)` +\| `(SIM_\w+)` +\| `?(\S+?)`? +\| \S/gm)];
    const given = [...helpText().matchAll(/^ {2}--([\w-]+).*\n.*\((SIM_\w+), (?:default )?(\S+)\)$/gm)];
    const sorted = (rows: RegExpExecArray[]) => rows.map(([, ...cells]) => cells.join(' ')).sort();
    expect(given).toHaveLength(Object.keys(simVenueConfig).length);
    expect(sorted(listed)).toEqual(sorted(given));
  });

  it('spreads one port over three in a row, and lets one of them be set apart', () => {
    expect(env('--port', '9000', '--usdm-port', '1')).toMatchObject({
      ...{ SIM_CONTROL_PORT: '9000', SIM_SPOT_PORT: '9001', SIM_USDM_PORT: '1' },
    });
    expect(env('--port', '0')).toMatchObject({ SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0' });
  });

  it('takes several tapes', () => {
    expect(env('--tape', 'a.gz', '--tape', 'usdm:b.gz', '--speed', '10')).toMatchObject({
      ...{ SIM_TAPE: 'a.gz,usdm:b.gz', SIM_TAPE_SPEED: '10' },
    });
  });

  it('opens a demo account unless others are named', () => {
    expect(accounts()?.map(({ name }) => name)).toEqual(['demo']);
    expect(accounts('--account', 'me:USDT=5.5,usdm.USDT=7', '--account', 'you')).toEqual([
      { name: 'me', balances: { USDT: '5.5' }, usdmBalances: { USDT: '7' } },
      { name: 'you', balances: {}, usdmBalances: {} },
    ]);
  });

  it.each([
    [['--porto', '1'], /'--porto'; expected --control-port, .*--help/],
    [['--seed'], /'--seed <value>' argument missing; expected/],
    [['stray'], /'stray'.*; expected/],
    [['--port', '65534'], /--port must be a whole number from 0 to 65533, was "65534"/],
    [['--port', '-1'], /expected --control-port/],
    [['--account', ':USDT=1'], /must begin with a name/],
    [['--account', 'me:USDT=1e9'], /must hold amounts like .*, was "USDT=1e9"/],
    [['--account', 'me:usdm.BTC=1'], /was "usdm.BTC=1"/],
  ])('refuses %j and says what was expected', (argv, message) => {
    expect(() => readCommandLine(argv, {})).toThrow(UsageError);
    expect(() => readCommandLine(argv, {})).toThrow(message);
  });
});
