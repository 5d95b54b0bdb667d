import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { isStorable, shown, type JsonObject } from '#order-intake';
import { AccountRepository, AccountViewRepository, type TokenOwner, type VenueAccount } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody, OptionalJsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { lastOf, type Query as Values } from '../orders/list-query.js';
import { ManageAccounts } from './manage-accounts.js';

type View = Readonly<Record<string, unknown>>;

/** The caller's accounts (order-api.md 2, 4.10), and with whom they are shared. */
@Controller()
export class OwnAccountsController {
  constructor(
    @Inject(ManageAccounts) private readonly accounts: ManageAccounts,
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
  ) {}

  @Get('api/accounts')
  @Access('read', 'reads')
  list(@Caller() caller: TokenOwner, @Query() query: Values): Promise<View> {
    const text = lastOf(query, 'include_archived')?.toLowerCase() ?? 'false';
    if (!['true', 'false'].includes(text))
      throw ApiError.ofFields({ include_archived: [`include_archived must be true or false, was ${shown(text)}`] });
    return this.accounts.list(caller, text === 'true');
  }

  @Post('api/accounts')
  @HttpCode(200)
  @Access('trade', 'writes')
  create(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    return this.accounts.create(caller, body);
  }

  @Put('api/accounts')
  @Access('trade', 'writes')
  update(@Caller() caller: TokenOwner, @Query() query: Values, @JsonBody() body: JsonObject): Promise<View> {
    return this.accounts.update(caller, body['id'] ?? lastOf(query, 'id'), body);
  }

  @Delete('api/accounts')
  @Access('trade', 'writes')
  archive(@Caller() caller: TokenOwner, @Query() query: Values, @OptionalJsonBody() body: JsonObject): Promise<View> {
    return this.accounts.archive(caller, body['id'] ?? lastOf(query, 'id'));
  }

  @Get('manage/v1/accounts/:account/shares')
  @Access('read', 'reads')
  shares(@Caller() caller: TokenOwner, @Param('account') name: string): Promise<View> {
    return this.shared(caller, name, () => Promise.resolve());
  }

  /** Lets another user of the tenant trade on the account, as `owner/name`. */
  @Post('manage/v1/accounts/:account/shares')
  @HttpCode(200)
  @Access('trade', 'writes')
  share(@Caller() caller: TokenOwner, @Param('account') name: string, @JsonBody() body: JsonObject): Promise<View> {
    const { username } = body;
    return this.shared(caller, name, async (views, account) => {
      const isName = typeof username === 'string' && isStorable(username);
      if (isName && (await views.sharedWith(account.id)).includes(username)) return;
      if (!isName || !(await views.share(account.id, username, caller.userId)))
        throw ApiError.ofFields({
          username: [`unknown user ${username === undefined ? '' : shown(username)}`.trim()],
        });
    });
  }

  @Delete('manage/v1/accounts/:account/shares/:username')
  @Access('trade', 'writes')
  unshare(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @Param('username') username: string,
  ): Promise<View> {
    return this.shared(caller, name, async (views, account) => {
      if (!isStorable(username) || !(await views.unshare(account.id, username, caller.userId)))
        throw new ApiError('not_found', 'Not found.');
    });
  }

  private shared(
    { tenantId, userId }: TokenOwner,
    name: string,
    work: (views: AccountViewRepository, account: VenueAccount) => Promise<void>,
  ): Promise<View> {
    return this.db.inTenant(tenantId, async (tx) => {
      const account = (await new AccountRepository(tx).ofUser(userId)).find((one) => one.name === name);
      if (account === undefined || account.isArchived) throw new ApiError('not_found', 'Not found.');
      const views = new AccountViewRepository(tx, tenantId);
      await work(views, account);
      return { account: name, usernames: await views.sharedWith(account.id) };
    });
  }
}
