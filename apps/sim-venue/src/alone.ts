import type { AccountOption } from './cli/account-option.js';
import { helpText, readCommandLine, type CommandLine } from './cli/options.js';
import { readyText, type ReadyAccount } from './cli/ready-text.js';
import { UsageError } from './cli/usage-error.js';
import { fail, runSimVenue } from './run.js';
import { writeEndpoints } from './sim-venue.js';

/** The exchange for people: configured by flags, it opens an account and says what to try. */
const given = commandLine();
if (given === null) {
  process.stdout.write(helpText());
  process.exit(0);
}
const { venue, config } = await runSimVenue(given.env);
const { controlUrl, spotUrl, usdmUrl } = venue;
const accounts: ReadyAccount[] = [];
for (const account of given.accounts)
  accounts.push(await openAccount(account).catch((error: unknown) => fail(String(error))));
if (config.SIM_DATA_DIR !== undefined)
  writeEndpoints(config.SIM_DATA_DIR, JSON.stringify({ ready: true, controlUrl, spotUrl, usdmUrl, pid: process.pid }));
process.stdout.write(readyText(venue, accounts));

function commandLine(): CommandLine | null {
  try {
    return readCommandLine(process.argv.slice(2), process.env);
  } catch (error) {
    if (error instanceof UsageError) fail(error.message);
    throw error;
  }
}

/** As anybody would; one that a journal brought back is found by its name, with its key and what it has left. */
async function openAccount(account: AccountOption): Promise<ReadyAccount> {
  const reply = await fetch(`${controlUrl}/control/accounts`, { method: 'POST', body: JSON.stringify(account) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`account ${account.name} could not be opened: ${text}`);
  return JSON.parse(text) as ReadyAccount;
}
