import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  Secret,
  databaseConfig,
  flag,
  integer,
  loadConfig,
  opsConfig,
  redisConfig,
  secret,
} from './index.js';

const shape = { ...databaseConfig, ...redisConfig, ...opsConfig, KEY: secret(16), DEMO: flag().default(false) };
const complete = { DATABASE_URL: 'postgres://u:hunter2@db/tranche', REDIS_URL: 'redis://r:6379', KEY: 'k'.repeat(16) };

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(shape, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('fills in the defaults and freezes the result', () => {
    const config = loadConfig(shape, complete);
    expect(config.DATABASE_POOL_SIZE).toBe(10);
    expect(config.REDIS_PREFIX).toBe('tranche');
    expect(config.OPS_HOST).toBe('127.0.0.1');
    expect(config.OPS_PORT).toBe(0);
    expect(config.LOG_LEVEL).toBe('info');
    expect(config.DEMO).toBe(false);
    expect(config.DATABASE_URL.reveal()).toBe(complete.DATABASE_URL);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('lists every problem at once, by name, without a single value', () => {
    const problems = problemsOf({
      REDIS_URL: 'http://secret-host-7',
      DATABASE_POOL_SIZE: '101',
      KEY: 'short-secret-7',
      DEMO: 'yes-7',
      LOG_LEVEL: 'loud-7',
      OPS_PORT: '',
    });
    expect(problems).toEqual([
      'DATABASE_URL: is required, must be a URL that begins with postgres:// or postgresql://',
      'DATABASE_POOL_SIZE: must be a whole number from 1 to 100',
      'REDIS_URL: must be a URL that begins with redis:// or rediss://',
      'LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent',
      'KEY: must be at least 16 character(s) long',
      'DEMO: must be true or false',
    ]);
    expect(problems.join()).not.toContain('-7');
  });

  it.each(['', ' 5', '5.0', '0x10', '1e1', 'NaN', '-', '+5', '99999999999999999999'])(
    'takes no %j for a whole number',
    (text) => {
      const only = { N: integer({ min: 0, max: 1e15 }) };
      expect(() => loadConfig(only, { N: text })).toThrow(ConfigError);
    },
  );

  it('takes both ends of a range and nothing beyond', () => {
    const only = { N: integer({ min: -2, max: 3 }) };
    expect(loadConfig(only, { N: '-2' }).N).toBe(-2);
    expect(loadConfig(only, { N: '3' }).N).toBe(3);
    expect(() => loadConfig(only, { N: '4' })).toThrow('N: must be a whole number from -2 to 3');
    expect(() => loadConfig(only, { N: '-3' })).toThrow(ConfigError);
  });

  it('reads flags by word only', () => {
    expect(loadConfig({ F: flag() }, { F: 'true' }).F).toBe(true);
    expect(loadConfig({ F: flag() }, { F: 'false' }).F).toBe(false);
    for (const text of ['1', 'TRUE', 'on']) expect(() => loadConfig({ F: flag() }, { F: text })).toThrow(ConfigError);
  });
});

describe('Secret', () => {
  it('prints as [secret] everywhere and reveals on request', () => {
    const value = new Secret('hunter2');
    expect(`${value.toString()} ${JSON.stringify({ value })} ${inspect({ value })}`).toBe(
      '[secret] {"value":"[secret]"} { value: [secret] }',
    );
    expect(value.reveal()).toBe('hunter2');
  });
});
