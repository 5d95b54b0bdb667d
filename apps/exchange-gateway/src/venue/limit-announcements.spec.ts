import { beforeEach, describe, expect, it } from '@jest/globals';
import { announce, emptyBudget, type EpochMs, type VenueId } from '#domain';
import { createLogger } from '#observability';
import type { LimitChange } from '#persistence';
import { announceRequests, shippedLimits, type AnnouncedLimit, type Venue, type VenueLimits } from '#venues';
import { LimitAnnouncements, type LimitAnnouncementsParts } from './limit-announcements.js';

const shipped = shippedLimits('sim', 'binance-spot');
const weight = (limit: number): AnnouncedLimit => ({ select: 'REQUEST_WEIGHT/MINUTE/1', limit });
const change = (before: number, after: number): LimitChange => ({
  limit: 'bs.weight',
  scope: '',
  before: { limit: before },
  after: { limit: after },
});

let now: number;
let told: AnnouncedLimit[] | null;
let asked: number;
let written: LimitChange[];
let configured: Omit<LimitChange, 'scope'>[][];
let isDatabaseUp: boolean;
let state: ReturnType<typeof emptyBudget>;

beforeEach(() => {
  now = 0;
  told = [weight(6_000)];
  asked = 0;
  written = [];
  configured = [];
  isDatabaseUp = true;
  state = emptyBudget();
});

/** The budget's own pure function in the place of Redis. */
const budget: LimitAnnouncementsParts['budget'] = {
  reserve: () => Promise.resolve({ granted: true, token: 't', holdUntil: 0 }),
  settle: () => Promise.resolve(),
  announce: (figures, scopes) =>
    Promise.resolve(
      announceRequests(shipped, figures, scopes ?? {}).map(({ request, scale, limit, scope, what, told: figure }) => {
        const { state: next, result } = announce(state, request, now);
        state = next;
        return { limit, scope, what, told: figure, before: result.before / scale, after: result.after / scale };
      }),
    ),
};
const venue: Pick<Venue, 'id' | 'announcedLimits'> = {
  id: 'sim' as VenueId,
  announcedLimits: () => {
    asked += 1;
    const meta = { sentAt: 0 as EpochMs, headers: {} };
    return Promise.resolve(
      told === null
        ? { kind: 'failed', why: { code: 'HTTP_503', text: 'down' }, meta }
        : { kind: 'ok', value: told, meta },
    );
  },
};
const audit: LimitAnnouncementsParts['audit'] = {
  addAnnounced: (changes) => {
    if (!isDatabaseUp) return Promise.reject(new Error('no database'));
    written.push(...changes);
    return Promise.resolve();
  },
  noteConfigured: (figures) => {
    configured.push([...figures]);
    return Promise.resolve();
  },
};

function announcements(limits: VenueLimits = shipped): LimitAnnouncements {
  const logger = createLogger('test', 'silent');
  return new LimitAnnouncements({ venue, limits, shipped, budget, audit, logger, monotonicMs: () => now });
}

async function at(sec: number, of: LimitAnnouncements): Promise<void> {
  now = sec * 1_000;
  await of.run();
}

describe('limit announcements', () => {
  it('asks at the start, then once an hour', async () => {
    const announced = announcements();
    for (const sec of [0, 5, 60, 3_599]) await at(sec, announced);
    expect(asked).toBe(1);
    await at(3_600, announced);
    expect(asked).toBe(2);
    expect(written).toEqual([]);
  });

  it('VE-B40 keeps a lower figure at once, and a higher one after the second reading, 60 s later', async () => {
    const announced = announcements();
    told = [weight(5_000)];
    await at(0, announced);
    expect(written).toEqual([change(6_000, 5_000)]);
    told = [weight(12_000)];
    await at(3_600, announced);
    expect(written).toHaveLength(1);
    await at(3_605, announced);
    expect(asked).toBe(2);
    await at(3_661, announced);
    expect([asked, written.at(-1)]).toEqual([3, change(5_000, 12_000)]);
    await at(3_725, announced);
    expect(asked).toBe(3);
  });

  it('does not ask for ever for a raise that does not last', async () => {
    const announced = announcements();
    told = [weight(12_000)];
    await at(0, announced);
    told = [weight(6_000)];
    await at(61, announced);
    expect([asked, written]).toEqual([2, []]);
    for (let sec = 122; sec < 3_600; sec += 61) await at(sec, announced);
    expect(asked).toBe(2);
  });

  it('asks again soon when the venue did not answer, and at once when the state was lost', async () => {
    const announced = announcements();
    told = null;
    await at(0, announced);
    told = [weight(5_000)];
    await at(4, announced);
    expect(asked).toBe(1);
    await at(5, announced);
    expect([asked, written]).toEqual([2, [change(6_000, 5_000)]]);
    announced.askSoon();
    await at(6, announced);
    expect(asked).toBe(3);
  });

  it('acts on no figure that cannot be meant, and on no limit that the table confirms nowhere', async () => {
    const announced = announcements();
    told = [weight(7_000_000_000), weight(5_000)].slice(0, 1);
    await at(0, announced);
    told = [{ select: 'ORDERS/FORTNIGHT/1', limit: 3 }];
    await at(5, announced);
    expect([asked, written]).toEqual([2, []]);
    expect(state.announced).toEqual({});
  });

  it('asks nothing of a venue whose limits the file confirms nowhere', async () => {
    const definitions = shipped.definitions.map(
      ({ confirm: _, ...definition }) => definition,
    ) as VenueLimits['definitions'];
    await at(0, announcements({ ...shipped, definitions }));
    expect(asked).toBe(0);
  });

  it('keeps what it could not write down', async () => {
    const announced = announcements();
    told = [weight(5_000)];
    isDatabaseUp = false;
    await expect(at(0, announced)).rejects.toThrow('no database');
    isDatabaseUp = true;
    await at(5, announced);
    expect([asked, written]).toEqual([1, [change(6_000, 5_000)]]);
    await at(10, announced);
    expect(written).toHaveLength(1);
  });

  it('notes the figures of the file once, beside those that ship', async () => {
    const definitions = shipped.definitions.map((definition) =>
      definition.id === 'bs.weight' ? { ...definition, params: { limit: 3_000, windowMs: 60_000 } } : definition,
    ) as VenueLimits['definitions'];
    const announced = announcements({ ...shipped, definitions });
    await at(0, announced);
    await at(5, announced);
    expect(configured).toHaveLength(1);
    expect(configured[0]?.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))).toEqual([
      {
        limit: 'bs.weight',
        before: { kind: 'fixed_window', limit: 6_000, windowMs: 60_000 },
        after: { kind: 'fixed_window', limit: 3_000, windowMs: 60_000 },
      },
    ]);
  });
});
