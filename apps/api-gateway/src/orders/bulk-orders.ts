import { Inject, Injectable } from '@nestjs/common';
import { isUuid, type AccountId, type MultiOrderStatus, type ParentOrderId, type ParentOrderStatus } from '#domain';
import { marketTypeOfPair, PAIR_TEXT, shown, unknownAccount, type JsonObject, type JsonValue } from '#order-intake';
import {
  DatabaseUnavailableError,
  GroupIntakeRepository,
  OrderLifeRepository,
  type TokenOwner,
  type VenueAccount,
} from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { KeyedRequests } from '../http/keyed-requests.js';
import { RequestDatabase } from '../http/request-database.js';
import { unavailable } from '../http/unavailable.js';

/** As many as a user may have open. */
const MAX_IDS = 500;

/** What a bulk request did: always 200, each failure beside the order that it is of (order-api.md 4.4). */
export interface BulkAnswer {
  readonly message: string;
  readonly order_ids: readonly string[];
  readonly errors: readonly { readonly order_id: string; readonly message: string }[];
}

/** A change of orders of one kind. */
export interface BulkChange {
  readonly ids: readonly string[];
  readonly change: (id: ParentOrderId) => Promise<unknown>;
  /** Changes many in one transaction; @returns those that it changed: the others are changed, or refused, one by one. */
  readonly together?: (ids: readonly ParentOrderId[]) => Promise<ReadonlySet<ParentOrderId>>;
}

/** So many orders are changed in one transaction at most: nothing else of them waits for long. */
const AT_ONCE = 100;

/** So often the database is waited for in vain: what is left then is not tried, for whoever asked waits for all of it. */
const MAX_WAITS = 5;

/** Runs one change on many orders, most of them in few transactions: what fails keeps no other from its change. */
@Injectable()
export class BulkOrders {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(KeyedRequests) private readonly requests: KeyedRequests,
  ) {}

  /** @param done `paused`, for the message; of several kinds of orders, each changed in its own way */
  async run(done: string, ...kinds: readonly BulkChange[]): Promise<BulkAnswer> {
    const changed: string[] = [];
    const errors: { order_id: string; message: string }[] = [];
    const patience = new Patience();
    for (const { ids, change, together } of kinds) {
      const ready = together === undefined ? new Set<string>() : await inChunks(ids, together, patience);
      for (const given of ids) {
        const id = given.toLowerCase();
        try {
          if (!isUuid(id)) throw new ApiError('not_found', 'Not found.');
          if (!ready.has(id)) await patience.wait(() => change(id as ParentOrderId));
          changed.push(id);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          if (error.status >= 500) this.requests.doNotKeep();
          errors.push({ order_id: given, message: error.message });
        }
      }
    }
    const orders = changed.length === 1 ? 'order' : 'orders';
    return { message: `Successfully ${done} ${changed.length} ${orders}.`, order_ids: changed, errors };
  }

  /**
   * The caller's orders in one of these statuses, of the accounts and the pair that the body may name, and the multi
   * orders that have a leg there. An account of another user that is shared goes by `owner/name`. @throws ApiError
   */
  chosen(
    caller: TokenOwner,
    body: JsonObject,
    statuses: readonly ParentOrderStatus[],
    ofMultis: readonly MultiOrderStatus[],
  ): Promise<{ readonly orders: readonly ParentOrderId[]; readonly multis: readonly string[] }> {
    const { tenantId, userId } = caller;
    return this.db.inTenant(tenantId, async (tx) => {
      const errors: Record<string, string[]> = {};
      const accounts = await this.accounts.reachable(tx, caller);
      const accountIds = readAccountIds(body['account_names'], accounts, errors);
      const pair = readPair(body['pair'], errors);
      if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors);
      return {
        orders: await new OrderLifeRepository(tx, userId).chosen({ statuses, accountIds, pair }),
        multis: await new GroupIntakeRepository(tx, tenantId, userId).chosenMultis({
          statuses: ofMultis,
          accountIds,
          pair,
        }),
      };
    });
  }
}

/** The database, while it is worth to be waited for. */
class Patience {
  private inVain: DatabaseUnavailableError[] = [];

  /** @throws ApiError `unavailable` where it does not answer, and for what comes once it did not too often */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    const [first] = this.inVain;
    if (first !== undefined && this.inVain.length >= MAX_WAITS) throw unavailable(first);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      this.inVain.push(error);
      throw unavailable(error);
    }
  }
}

/** Those of a chunk that the database did not answer for are left to be changed one by one. */
async function inChunks(
  given: readonly string[],
  together: NonNullable<BulkChange['together']>,
  patience: Patience,
): Promise<ReadonlySet<string>> {
  const ids = given.map((id) => id.toLowerCase()).filter((id) => isUuid(id)) as ParentOrderId[];
  const changed = new Set<string>();
  for (let from = 0; from < ids.length; from += AT_ONCE)
    try {
      const chunk = ids.slice(from, from + AT_ONCE);
      for (const id of await patience.wait(() => together(chunk))) changed.add(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'unavailable') throw error;
    }
  return changed;
}

/** One id, or many of them. @throws ApiError */
export function readIds(body: JsonObject): { readonly one: string } | { readonly many: readonly string[] } {
  const refuse = (field: string, text: string): never => {
    throw ApiError.ofFields({ [field]: [text] });
  };
  const many = body['order_ids'];
  if (many === undefined) {
    const one = body['order_id'];
    if (one === undefined) return refuse('order_id', "need one of ['order_id', 'order_ids']");
    return typeof one === 'string' ? { one } : refuse('order_id', `order_id must be an id, was ${shown(one)}`);
  }
  if (body['order_id'] !== undefined) return refuse('order_ids', "only one of ['order_id', 'order_ids'] may be given");
  return { many: readIdList(many) };
}

/** The ids of `order_ids`, each once. @throws ApiError */
export function readIdList(raw: JsonValue | undefined, most = MAX_IDS): readonly string[] {
  const refuse = (text: string): never => {
    throw ApiError.ofFields({ order_ids: [text] });
  };
  if (raw === undefined) return refuse('order_ids must be a non-empty list, was missing');
  if (!Array.isArray(raw)) return refuse(`order_ids must be a non-empty list, was ${shown(raw)}`);
  if (raw.length === 0) return refuse('order_ids must be a non-empty list, was empty');
  if (raw.length > most) return refuse(`order_ids must be a list of at most ${most}, was ${raw.length}`);
  const strange = (raw as readonly JsonValue[]).find((id) => typeof id !== 'string');
  if (strange !== undefined) return refuse(`order_ids must hold ids, was ${shown(strange)}`);
  return [...new Set(raw as readonly string[])];
}

type Errors = Record<string, string[]>;

/** The rows of the named accounts; null when none is named, which means all. */
function readAccountIds(
  raw: JsonValue | undefined,
  accounts: readonly VenueAccount[],
  errors: Errors,
): AccountId[] | null {
  if (raw === undefined) return null;
  if (!Array.isArray(raw) || raw.length === 0) {
    errors['account_names'] = ['account_names must be a non-empty list'];
    return null;
  }
  return (raw as readonly JsonValue[]).flatMap((name) => {
    const account = accounts.find((a) => a.name === name);
    if (account !== undefined) return account.routes.map(({ accountId }) => accountId);
    (errors['account_names'] ??= []).push(unknownAccount(name));
    return [];
  });
}

function readPair(raw: JsonValue | undefined, errors: Errors): string | null {
  if (raw === undefined) return null;
  if (typeof raw === 'string' && marketTypeOfPair(raw) !== null) return raw;
  errors['pair'] = [PAIR_TEXT];
  return null;
}
