import { describe, expect, it } from '@jest/globals';
import { connectionOf, nextProblem } from './connection.js';

describe('the connection as people see it', () => {
  it('is live only when both the stream and the API are', () => {
    expect(connectionOf({ phase: 'live' }, null)).toEqual({ phase: 'live' });
    expect(connectionOf({ phase: 'connecting' }, null)).toEqual({ phase: 'connecting' });
    expect(connectionOf({ phase: 'live' }, { since: 5, reason: 'down' })).toEqual({
      phase: 'lost',
      since: 5,
      reason: 'down',
      retryAt: null,
    });
  });

  it('counts from the first of the two troubles', () => {
    const stream = { phase: 'lost', since: 7, reason: 'closed', retryAt: 9 } as const;
    expect(connectionOf(stream, { since: 5, reason: 'down' })).toEqual({ ...stream, since: 5 });
    expect(connectionOf(stream, null)).toEqual(stream);
  });

  it('keeps the beginning of a trouble while it lasts', () => {
    const first = nextProblem(null, 'a', 10);
    expect(nextProblem(first, 'b', 20)).toEqual({ since: 10, reason: 'b' });
    expect(nextProblem(first, null, 30)).toBeNull();
  });
});
