import { runUserCommand } from './add-user.js';
import { CannotStart } from './cannot-start.js';
import { UsageError } from './options.js';
import { readUserCommand, USER_HELP } from './user-options.js';

try {
  const command = readUserCommand(process.argv.slice(2), process.env);
  if (command === null) process.stdout.write(USER_HELP);
  else {
    const token = await runUserCommand(command, process.env);
    process.stdout.write(`User   ${command.user}\nScopes ${command.scopes.join(',')}\nToken  ${token}\n`);
  }
} catch (error) {
  const isForPeople = error instanceof UsageError || error instanceof CannotStart;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`tranche: ${isForPeople ? text : `failed: ${text}`}\n`);
  process.exit(1);
}
