import { z } from 'zod';
import { ConfigError, loadConfig, secret, secretUrl } from '#config';
import { openDemoAccount } from './demo-account.js';
import { prepareDatabase } from './prepare-database.js';

const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`), { error: `must be ${digits} hexadecimal digits in lower case` });

/** Every variable of the job that prepares a database where the services run apart. */
export const prepareShape = {
  DATABASE_URL: secretUrl(['postgres', 'postgresql']),
  /** The password that the roles of the services get. */
  APP_PASSWORD: secret(16),
  /** Wraps the demo account's venue key; unset where a key service wraps: then the account has none. */
  CREDENTIALS_MASTER_KEY: hex(64).optional(),
  /** API token of the demo user. */
  DEMO_TOKEN: hex(40),
  /** Control API of the simulated exchange, where the demo account is opened. */
  SIM_CONTROL_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:7600'),
  SIM_API_KEY: hex(64),
  SIM_API_SECRET: hex(64),
};

/** Migrates and lays the demo data once, then ends: what `npm start` does by itself, for Compose and Kubernetes. */
async function prepare(): Promise<void> {
  const config = loadConfig(prepareShape);
  await openDemoAccount(config.SIM_CONTROL_URL, { apiKey: config.SIM_API_KEY, apiSecret: config.SIM_API_SECRET });
  await prepareDatabase(config.DATABASE_URL.reveal(), {
    appPassword: config.APP_PASSWORD.reveal(),
    masterKey: config.CREDENTIALS_MASTER_KEY ?? null,
    demoToken: config.DEMO_TOKEN,
    venueKey: config.SIM_API_KEY,
    venueSecret: config.SIM_API_SECRET,
  });
}

try {
  await prepare();
} catch (error) {
  const text =
    error instanceof ConfigError ? error.message : `failed: ${error instanceof Error ? error.message : String(error)}`;
  process.stderr.write(`prepare: ${text}\n`);
  process.exit(1);
}
