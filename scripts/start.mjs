/** `npm start`: set-up, then the launcher in this very process, so that signals and the exit code are its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, setUp } from './setup.mjs';

await setUp();
const settings = join(ROOT, '.env');
if (existsSync(settings)) process.loadEnvFile(settings); // the environment itself wins
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(ROOT, 'dist/apps/launcher/src/main.js')).href);
