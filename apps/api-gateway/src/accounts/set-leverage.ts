import { Inject, Injectable } from '@nestjs/common';
import type { AccountId, Instrument } from '#domain';
import {
  leverageBound,
  marketTypeOfPair,
  PAIR_TEXT,
  readInteger,
  shown,
  unknownAccount,
  type JsonObject,
  type JsonValue,
} from '#order-intake';
import { AccountSettingsRepository, type AccountCommand, type TokenOwner, type VenueAccount } from '#persistence';
import { AccountDirectory } from './account-directory.js';
import { carryOut } from './carry-out.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';

type View = Readonly<Record<string, unknown>>;

const MAX_ACCOUNTS = 100;
const MAX_LEVERAGE = 200;
const MARGIN_MODES = ['CROSS', 'ISOLATED'];

interface Request {
  readonly accounts: readonly VenueAccount[];
  readonly pair: string;
  readonly leverage: number;
  readonly marginMode: string | null;
}

interface Result {
  readonly account_id: AccountId;
  readonly account_name: string;
  readonly pair: string;
  readonly leverage: string;
  readonly success: boolean;
  readonly message: string;
}

interface Outcome extends Result {
  /** Beyond what the venue allows: it was not even asked. */
  readonly isBeyond?: boolean;
}

/** Sets the leverage of a pair at the venues of accounts, and with it how its margin is kept (order-api.md 4.8). */
@Injectable()
export class SetLeverage {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
  ) {}

  /** @throws ApiError naming the faulty field, or with the results when no account took it */
  async run(caller: TokenOwner, body: JsonObject): Promise<View> {
    const instruments = await this.instruments.all();
    const reachable = await this.db.inTenant(caller.tenantId, (tx) => this.accounts.reachable(tx, caller));
    const request = readRequest(
      body,
      reachable.filter(({ isArchived }) => !isArchived),
    );
    const outcomes = await Promise.all(
      request.accounts.map((account) => this.setOne(caller, account, request, instruments)),
    );
    const results = outcomes.map(({ isBeyond: _, ...shown }) => shown);
    const count = results.filter(({ success }) => success).length;
    const message = `Leverage set on ${count} of ${results.length} accounts.`;
    if (count === 0) {
      const code = outcomes[0]?.isBeyond === true ? 'leverage_out_of_range' : 'save_failed';
      throw new ApiError(code, results[0]?.message ?? message, { extra: { results } });
    }
    return { results, message };
  }

  private async setOne(
    caller: TokenOwner,
    account: VenueAccount,
    { pair, leverage, marginMode }: Request,
    instruments: readonly Instrument[],
  ): Promise<Outcome> {
    const reached = account.routes
      .map(({ accountId, venue }) => ({
        accountId,
        instrument: instruments.find((i) => i.venue === venue && i.pair.toLowerCase() === pair.toLowerCase()),
      }))
      .find(({ instrument }) => instrument !== undefined);
    const head = {
      account_id: account.id,
      account_name: account.name,
      pair: reached?.instrument?.pair ?? pair,
      leverage: String(leverage),
    };
    const failed = (message: string): Result => ({ ...head, success: false, message });
    if (reached?.instrument === undefined) return failed(`${pair} is not available on '${account.name}'`);
    if (reached.instrument.marketType === 'spot') return failed('spot has no leverage');
    const { accountId, instrument } = reached;
    const { bound, isMarginDue } = await this.db.inTenant(caller.tenantId, async (tx) => ({
      bound: await leverageBound(tx, instrument),
      isMarginDue: await new AccountSettingsRepository(tx, caller.tenantId).isMarginDue(accountId, instrument.symbol),
    }));
    if (bound !== null && leverage > bound)
      return { ...failed(`leverage must be at most ${bound} for ${instrument.pair}, was ${leverage}`), isBeyond: true };
    const margin = marginMode?.toLowerCase() ?? (isMarginDue ? 'isolated' : null);
    const changes: Pick<AccountCommand, 'kind' | 'symbol' | 'argument'>[] = [
      ...(margin === null ? [] : [{ kind: 'set_margin_type' as const, symbol: instrument.symbol, argument: margin }]),
      { kind: 'set_leverage', symbol: instrument.symbol, argument: String(leverage) },
    ];
    for (const change of changes) {
      const why = await carryOut(this.db, caller, accountId, change);
      if (why !== null) return failed(why);
    }
    return { ...head, success: true, message: '' };
  }
}

function readRequest(body: JsonObject, reachable: readonly VenueAccount[]): Request {
  const errors: Record<string, string[]> = {};
  const accounts = readAccounts(body['account_ids'], reachable, errors);
  const pair = body['pair'];
  if (typeof pair !== 'string' || marketTypeOfPair(pair) === null) errors['pair'] = [PAIR_TEXT];
  const raw = body['leverage'];
  const leverage = raw === undefined ? null : readInteger(raw);
  if (leverage === null || leverage < 1 || leverage > MAX_LEVERAGE)
    errors['leverage'] = [`leverage out of range, must be [1,${MAX_LEVERAGE}]`];
  const mode = body['margin_mode'];
  const marginMode = typeof mode === 'string' ? mode.toUpperCase() : null;
  if (mode !== undefined && (marginMode === null || !MARGIN_MODES.includes(marginMode)))
    errors['margin_mode'] = [`margin_mode must be CROSS or ISOLATED, was ${shown(mode)}`];
  if (Object.keys(errors).length > 0 || typeof pair !== 'string' || leverage === null) throw ApiError.ofFields(errors);
  return { accounts, pair, leverage, marginMode };
}

/** By name or id; the same account twice is one. How an account stands at its venue is its owner's to say. */
function readAccounts(
  raw: JsonValue | undefined,
  reachable: readonly VenueAccount[],
  errors: Record<string, string[]>,
): readonly VenueAccount[] {
  const list = Array.isArray(raw) ? (raw as readonly JsonValue[]) : [];
  if (list.length === 0 || list.length > MAX_ACCOUNTS) {
    errors['account_ids'] = [`account_ids must be a list of 1 to ${MAX_ACCOUNTS}`];
    return [];
  }
  const isShared = ({ name }: VenueAccount): boolean => name.includes('/');
  const isMeant = (account: VenueAccount, named: JsonValue): boolean =>
    account.name === named || (!isShared(account) && typeof named === 'string' && account.id === named.toLowerCase());
  const unknown = list.find((named) => !reachable.some((account) => isMeant(account, named)));
  const meant = reachable.filter((account) => list.some((named) => isMeant(account, named)));
  const shared = meant.find(isShared);
  if (unknown !== undefined) errors['account_ids'] = [unknownAccount(unknown)];
  else if (shared !== undefined)
    errors['account_ids'] = [`account '${shared.name}' must be your own, was shared with you`];
  return meant;
}
