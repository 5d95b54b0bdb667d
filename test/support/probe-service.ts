import { z } from 'zod';
import { integer } from '#config';
import { runService } from '#observability';

/** A service that does nothing but stop after a while, for the tests of what surrounds a service. */
await runService({
  name: 'probe',
  shape: { PROBE_STOP_MS: integer({ min: 0, max: 60_000 }), PROBE_MODE: z.enum(['fine', 'broken']).default('fine') },
  start: (config: { PROBE_STOP_MS: number; PROBE_MODE: string }, { health }) => {
    if (config.PROBE_MODE === 'broken') return Promise.reject(new Error('cannot start on purpose'));
    health.addReadiness('probe', () => Promise.resolve(null));
    const alive = setInterval(() => undefined, 60_000);
    return Promise.resolve({
      stop: async () => {
        await new Promise((resolve) => setTimeout(resolve, config.PROBE_STOP_MS));
        clearInterval(alive);
      },
    });
  },
});
