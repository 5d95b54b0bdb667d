import { ConfigError, loadConfig } from '#config';
import { runUserCommand } from './add-user.js';
import { CannotStart } from './cannot-start.js';
import { launcherShape, UsageError } from './options.js';
import { readUserCommand, USER_HELP } from './user-options.js';

try {
  const { TRANCHE_DATA_DIR, DATABASE_URL } = launcherShape;
  const config = loadConfig({ TRANCHE_DATA_DIR, DATABASE_URL });
  const command = readUserCommand(process.argv.slice(2), config.TRANCHE_DATA_DIR);
  if (command === null) process.stdout.write(USER_HELP);
  else {
    const token = await runUserCommand(command, config.DATABASE_URL?.reveal());
    process.stdout.write(`User   ${command.user}\nScopes ${command.scopes.join(',')}\nToken  ${token}\n`);
  }
} catch (error) {
  const isForPeople = [UsageError, CannotStart, ConfigError].some((one) => error instanceof one);
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`tranche: ${isForPeople ? text : `failed: ${text}`}\n`);
  process.exit(1);
}
