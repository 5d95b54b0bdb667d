import { ConfigError } from '#config';
import { CannotStart } from './cannot-start.js';
import { DataDirectoryInUse } from './data-directory.js';
import { launch } from './launch.js';
import { HELP, UsageError, mergeFlags } from './options.js';
import { configureLauncher } from './service-configs.js';
import { SERVICES } from './services.js';

/** What people can put right gets one clear line; anything else shows where it happened, in the log. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof UsageError) return error.message;
  if (error instanceof CannotStart || error instanceof DataDirectoryInUse) return error.message;
  return `cannot start: ${error instanceof Error ? error.message : String(error)}`;
}

try {
  const env = mergeFlags(process.argv.slice(2), process.env);
  if (env === null) process.stdout.write(HELP);
  else await launch(configureLauncher(SERVICES, env), env, (text) => process.stdout.write(text));
} catch (error) {
  process.stderr.write(`tranche: ${explain(error)}\n`);
  process.exit(1);
}
