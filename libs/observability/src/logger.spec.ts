import { describe, expect, it } from '@jest/globals';
import { Secret } from '#config';
import { createLogger } from './index.js';

function collecting() {
  const lines: string[] = [];
  const logger = createLogger('probe', 'debug', { write: (line: string) => void lines.push(line) });
  const parsed = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, lines, parsed };
}

describe('createLogger', () => {
  it('writes one JSON line with service, level and time in words', () => {
    const { logger, parsed } = collecting();
    logger.info({ parentOrderId: 'p1' }, 'accepted');
    expect(parsed()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        service: 'probe',
        parentOrderId: 'p1',
        msg: 'accepted',
      },
    ]);
  });

  it('S-14 prints no secret, wherever it stands', () => {
    const { logger, lines, parsed } = collecting();
    const mark = 'MARKED-SECRET-0123456789';
    const failure = Object.assign(new Error(`connect postgres://app:${mark}@db/x`), {
      config: { headers: { Authorization: `Bearer ${mark}`, 'X-MBX-APIKEY': mark } },
    });
    logger.info({ token: mark, apiKey: mark, API_SECRET: mark, deep: { list: [{ password: mark, kept: 1 }] } });
    logger.info({ key: new Secret(mark) });
    logger.child({ apiToken: mark }).info('child');
    logger.error({ err: failure }, 'failed');
    logger.error(failure);
    logger.warn(`GET /api/v3/account?timestamp=1&signature=${mark} with Token ${mark}`);
    expect(lines).toHaveLength(6);
    expect(lines.join('')).not.toContain(mark);
    expect(parsed()[0]).toMatchObject({ token: '[secret]', deep: { list: [{ password: '[secret]', kept: 1 }] } });
    expect(parsed()[5]?.['msg']).toBe('GET /api/v3/account?timestamp=1&signature=[secret] with Token [secret]');
  });

  it('keeps the rest of an error', () => {
    const { logger, parsed } = collecting();
    logger.error({ err: new TypeError('boom') }, 'failed');
    expect(parsed()[0]?.['err']).toMatchObject({ type: 'TypeError', message: 'boom', stack: expect.any(String) });
  });

  it('survives data that refers to itself', () => {
    const { logger, lines } = collecting();
    const circle: Record<string, unknown> = { token: 'MARKED' };
    circle['self'] = circle;
    logger.info(circle, 'circle');
    expect(lines.join('')).not.toContain('MARKED');
  });
});
