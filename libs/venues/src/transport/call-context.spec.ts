import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { ccxtFetch, currentCall, runCall, type CallContext } from './call-context.js';
import { HttpClient } from './http-client.js';

let server: VenueServer;
let http: HttpClient;
beforeEach(async () => {
  server = await VenueServer.start();
  server.answer = () => ({ status: 200, body: {} });
  http = new HttpClient({ now: () => epochMs(7) });
});
afterEach(async () => {
  http.close();
  await server.stop();
});

const context = (over: Partial<CallContext> = {}): CallContext => ({ signedAtMs: 1, replyTimeoutMs: 60_000, ...over });

describe('runCall', () => {
  it('lets one request through and stops the second, however it is made', async () => {
    const fetch = ccxtFetch(http);
    const record = await runCall(context(), async () => {
      await fetch(`${server.url}/one`, {});
      await fetch(`${server.url}/two`, {}).catch(() => fetch(`${server.url}/three`, {}));
    });
    expect(server.requests.map(({ path }) => path)).toEqual(['/one']);
    expect(record).toMatchObject({ exchange: { status: 200, sentAt: 7 }, stopped: null });
  });

  it('says why nothing was sent', async () => {
    const fetch = ccxtFetch(http);
    const denied = { code: 'NO', text: 'not this one' };
    expect(await runCall(context({ inspect: () => denied }), () => fetch(`${server.url}/one`, {}))).toEqual({
      exchange: null,
      stopped: denied,
    });
    expect(await runCall(context(), () => Promise.reject(new Error('no such market')))).toEqual({
      exchange: null,
      stopped: { code: 'NOT_RENDERED', text: 'no such market' },
    });
    expect(server.requests).toEqual([]);
  });

  it('keeps the contexts of concurrent calls apart', async () => {
    const times = await Promise.all(
      [10, 20, 30].map(async (signedAtMs) => {
        let seen = 0;
        await runCall(context({ signedAtMs }), async () => {
          await ccxtFetch(http)(`${server.url}/${signedAtMs}`, {});
          seen = currentCall().signedAtMs;
        });
        return seen;
      }),
    );
    expect(times).toEqual([10, 20, 30]);
  });

  it('refuses a request outside a call', async () => {
    await expect(ccxtFetch(http)(`${server.url}/one`, {})).rejects.toThrow('must be made inside runCall');
    expect(() => currentCall()).toThrow('must be made inside runCall');
  });
});
