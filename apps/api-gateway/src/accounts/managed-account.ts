import { err, ok, type Instrument, type Result } from '#domain';
import { shown, type JsonObject, type JsonValue } from '#order-intake';
import { MOCK_ACCOUNT, type ManagedAccount, type MarginMode } from '#persistence';
import { readKey, type CredentialRequest } from '../credentials/credential-request.js';
import type { ListedVenue } from '../credentials/venue-list.js';
import type { FieldErrors } from '../http/api-error.js';
import { showTime } from '../orders/show-values.js';
import { marketTypesAt, sortByMarketType } from './market-types.js';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MODES: readonly MarginMode[] = ['CROSS', 'ISOLATED'];
/** A shorter key would be told by its end. */
const MASK = '****';

/** A new account, or changes of one: null is what was not given. */
export interface AccountChange {
  readonly name: string | null;
  readonly exchange: string | null;
  readonly credential: CredentialRequest | null;
  readonly marginMode: MarginMode | null;
  readonly hedgeMode: boolean | null;
}

/**
 * Reads what an account shall be (order-api.md 3.7, 8). Pure. No text of the errors holds anything of a key.
 * @param isNew whether name, exchange and key are required
 */
export function readAccountChange(
  body: JsonObject,
  isNew: boolean,
  exchanges: readonly string[],
): Result<AccountChange, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const { name, exchange, margin_mode: mode, hedge_mode: hedgeMode } = body;
  if ((isNew || name !== undefined) && (typeof name !== 'string' || !NAME.test(name)))
    errors['name'] = [`name must be 1 to 64 of letters, digits, "_", "-", was ${told(name)}`];
  const known = exchanges.find((one) => typeof exchange === 'string' && one.toLowerCase() === exchange.toLowerCase());
  if (isNew && known === undefined)
    errors['exchange'] = [`exchange must be one of ${exchanges.join(', ')}, was ${told(exchange)}`];
  const credential = readCredential(body, isNew, errors);
  const marginMode = MODES.find((one) => typeof mode === 'string' && one === mode.toUpperCase()) ?? null;
  if (mode !== undefined && marginMode === null)
    errors['margin_mode'] = [`margin_mode must be CROSS or ISOLATED, was ${told(mode)}`];
  if (hedgeMode !== undefined && typeof hedgeMode !== 'boolean')
    errors['hedge_mode'] = [`hedge_mode must be true or false, was ${told(hedgeMode)}`];
  if (Object.keys(errors).length > 0) return err(errors);
  return ok({
    name: typeof name === 'string' ? name : null,
    exchange: known ?? null,
    credential,
    marginMode,
    hedgeMode: typeof hedgeMode === 'boolean' ? hedgeMode : null,
  });
}

function readCredential(body: JsonObject, isNew: boolean, errors: Record<string, string[]>): CredentialRequest | null {
  const isGiven = ['api_key', 'api_secret', 'passphrase'].some((field) => body[field] !== undefined);
  if (!isNew && !isGiven) return null;
  const key = readKey(body, errors);
  return key === null ? null : { ...key, instruments: null };
}

const told = (raw: JsonValue | undefined): string => (raw === undefined ? 'missing' : shown(raw));

/** One account of `/api/accounts/` (order-api.md 4.10). Pure. */
export function showManagedAccount(
  account: ManagedAccount,
  instruments: readonly Instrument[],
  venues: readonly ListedVenue[],
): Readonly<Record<string, unknown>> {
  const isMock = account.name === MOCK_ACCOUNT.name;
  return {
    id: account.id,
    name: account.name,
    exchange: account.exchange,
    margin_mode: account.marginMode,
    hedge_mode: account.hedgeMode,
    archived: account.isArchived,
    valid: account.isValid,
    api_key: isMock ? MASK : `${MASK}${account.keyHint}`,
    api_secret: MASK,
    sub_objects: subObjects(account, instruments, venues),
    created_at: showTime(account.createdAt),
  };
}

/** By what its venues list; where nothing is known of them yet, by what they are. */
function subObjects(
  account: ManagedAccount,
  instruments: readonly Instrument[],
  venues: readonly ListedVenue[],
): string[] {
  return sortByMarketType(
    account.venues.flatMap((venue) => {
      const types = marketTypesAt(venue, instruments);
      if (types.length > 0) return types;
      return venues.find(({ id }) => id === venue)?.product === 'linear' ? ['perp' as const] : ['spot' as const];
    }),
  );
}
