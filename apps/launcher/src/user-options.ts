import { parseArgs } from 'node:util';
import type { Scope } from '#persistence';
import { UsageError } from './options.js';

const SCOPES: readonly Scope[] = ['read', 'trade', 'cancel', 'admin', 'halt'];
const USUAL: readonly Scope[] = ['read', 'trade', 'cancel'];
/** Without a slash, which parts a user from an account of his that is shared. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,39}$/;

export const USER_HELP = `npm run user -- add NAME [options]     a new user with an account \`mock\`, and a token
npm run user -- token NAME [options]   another token for a user that is there, \`demo\` for example

Works on the system that npm start runs on the same directory, and prints the token, which is shown this once.

  --scopes LIST   what the token may do, of read, trade, cancel, admin, halt  (default read,trade,cancel)
  --data-dir DIR  the directory of npm start                                  (TRANCHE_DATA_DIR, default .tranche)
  --help          this text

read looks, trade places and changes orders and accounts, cancel cancels and pauses, admin is for staff (limits,
restrictions, keys under /manage), halt stops all trading. POST /api/reset_auth_token/ changes a token for a new one.
`;

/** What was asked for on the command line. */
export interface UserCommand {
  readonly action: 'add' | 'token';
  readonly user: string;
  readonly scopes: readonly Scope[];
  readonly dataDir: string;
}

/** @param usualDir where no flag names a directory @returns null when help was asked for @throws UsageError naming what is wrong */
export function readUserCommand(argv: readonly string[], usualDir: string): UserCommand | null {
  const { values, positionals } = parse(argv);
  if (values.help === true) return null;
  const [action, user, ...rest] = positionals;
  if (action !== 'add' && action !== 'token') throw wrong(`the command must be add or token, was ${told(action)}`);
  if (user === undefined || !NAME.test(user))
    throw wrong(
      `the name must be 1 to 40 letters, digits, "_", ".", "@" or "-", a letter or digit first, was ${told(user)}`,
    );
  if (rest.length > 0) throw wrong(`nothing must follow the name, was ${told(rest.join(' '))}`);
  return {
    action,
    user,
    scopes: readScopes(values.scopes),
    dataDir: values['data-dir'] ?? usualDir,
  };
}

function readScopes(text: string | undefined): readonly Scope[] {
  if (text === undefined) return USUAL;
  const named = text.split(',').map((one) => one.trim().toLowerCase());
  const unknown = named.find((one) => !SCOPES.some((scope) => scope === one));
  if (unknown !== undefined) throw wrong(`--scopes must be of ${SCOPES.join(', ')}, was ${told(unknown)}`);
  return SCOPES.filter((scope) => named.includes(scope));
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        scopes: { type: 'string' },
        'data-dir': { type: 'string' },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

const told = (text: string | undefined): string => (text === undefined ? 'missing' : JSON.stringify(text));
const wrong = (text: string): UsageError => new UsageError(`${text}; see npm run user -- --help`);
