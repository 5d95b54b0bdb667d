import { z } from 'zod';
import type { VenueSettings } from '../settings.js';
import { parseBody, type ControlRoute } from './control-http.js';

const settingsBody = z.strictObject({ legacyListenKey: z.boolean().optional() });

/** How the venue behaves towards clients of old. A reset leaves it as it is. */
export function settingsRoutes(settings: VenueSettings): ControlRoute[] {
  return [
    { method: 'GET', path: '/control/settings', handle: () => settings },
    {
      method: 'PUT',
      path: '/control/settings',
      handle: ({ body }) => {
        const { legacyListenKey = settings.legacyListenKey } = parseBody(settingsBody, body);
        return Object.assign(settings, { legacyListenKey });
      },
    },
  ];
}
