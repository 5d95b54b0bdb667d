import { describe, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { goOn } from './comparison.js';

const NOW = 1_764_000_000_000;
const at = (ms: number) => ({ now: epochMs(NOW + ms), settingsMatter: false });

describe('a comparison that was cut off', () => {
  it('goes on where it was, whatever is in doubt by then', () => {
    const begun = goOn(null, 'everything', 'CONNECTED', at(0));
    expect(goOn(begun, 'everything', null, at(599_999))).toBe(begun);
    expect(goOn(begun, 'everything', 'DISCONNECTED', at(599_999))).toBe(begun);
  });

  it('is begun anew for what is in doubt since', () => {
    const begun = goOn(null, 'everything', null, at(0));
    const anew = goOn(begun, 'everything', 'DISCONNECTED', at(1));
    expect(anew.comparison.scope).toMatchObject({ doubt: 'DISCONNECTED', backMs: 600_000, withSettings: true });
  });

  it('is begun anew when what it read is too old, for the doubt that it has not settled', () => {
    const begun = goOn(null, 'everything', 'CONNECTED', at(0));
    const anew = goOn(begun, 'everything', null, at(600_000));
    expect(anew).not.toBe(begun);
    expect(anew.comparison.scope).toEqual(begun.comparison.scope);
    expect(anew.comparison.scope).toMatchObject({ doubt: 'CONNECTED', backMs: 600_000, withSettings: true });
  });
});
