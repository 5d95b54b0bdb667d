/** `npm run user`: another user, or another token, for the system that `npm start` runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, setUp } from './setup.mjs';

await setUp();
const settings = join(ROOT, '.env');
if (existsSync(settings)) process.loadEnvFile(settings); // the environment itself wins
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(ROOT, 'dist/apps/launcher/src/user.js')).href);
