import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { AccountId, VenueId } from '#domain';
import { showName, type JsonObject } from '#order-intake';
import {
  AccountRepository,
  audit,
  CredentialFactsRepository,
  type CredentialFacts,
  type TokenOwner,
  type VenueAccount,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { RequestDatabase } from '../http/request-database.js';
import { lastOf, type Query as Values } from '../orders/list-query.js';
import { readAccountRequest, readCredentialRequest } from './credential-request.js';
import { revokeCredential } from './revoke-credential.js';
import { SubmitCredential, type Submitted } from './submit-credential.js';
import { VENUE_LIST, type ListedVenue } from './venue-list.js';

type View = Readonly<Record<string, unknown>>;

/** Accounts at venues and their keys. Keys go one way: but for the end of a long one, nothing of them is ever shown again. */
@Controller('manage/v1')
export class CredentialsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(SubmitCredential) private readonly submission: SubmitCredential,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
  ) {}

  /** Where an account can be, and what each venue cannot promise. */
  @Get('venues')
  @Access('read', 'reads')
  listVenues(): View {
    return {
      venues: this.venues.map(({ id, exchange, product, tier, cannotPromise }) => ({
        id,
        exchange,
        product,
        tier,
        cannot_promise: cannotPromise,
      })),
    };
  }

  @Post('accounts')
  @HttpCode(200)
  @Access('admin', 'writes')
  async addAccount(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const read = readAccountRequest(
      body,
      this.venues.map(({ id }) => id),
    );
    if (!read.ok) throw ApiError.ofFields(read.error);
    const { name, venue } = read.value;
    const exchange = this.venues.find(({ id }) => id === venue)?.exchange ?? venue;
    const account = await this.db.inTenant(caller.tenantId, async (tx) => {
      const { tenantId, userId } = caller;
      const accounts = new AccountRepository(tx);
      const fresh = randomUUID() as AccountId;
      const id = await accounts.add({
        id: fresh,
        tenantId,
        userId,
        name,
        venue: venue as VenueId,
        exchange,
      });
      const stored = (await accounts.ofUser(userId)).find((known) => known.id === id);
      if (id === fresh)
        await audit(tx, tenantId, [{ entity: 'account', entityId: id, event: 'account_added', data: { name, venue } }]);
      return stored;
    });
    if (account?.venue !== venue)
      throw ApiError.ofFields({
        name: [`name must be free, '${name}' is an account at ${account?.venue ?? 'another venue'}`],
      });
    return { name, venue, exchange };
  }

  /** Keeps a key if the venue says that it cannot withdraw. */
  @Post('accounts/:account/credentials')
  @HttpCode(200)
  @RunsApart()
  @Access('admin', 'writes')
  async add(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @JsonBody() body: JsonObject,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<View> {
    const account = await this.accountOf(caller, name);
    const read = readCredentialRequest(body);
    if (!read.ok) throw ApiError.ofFields(read.error);
    const submitted = await this.submission.run(caller, account, read.value);
    if (isWaiting(submitted)) void reply.status(202);
    return this.answer(caller, account, submitted);
  }

  /** What became of a key whose verdict took longer than the request. */
  @Get('accounts/:account/credentials/submissions/:id')
  @Access('admin', 'reads')
  async submitted(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @Param('id') id: string,
  ): Promise<View> {
    const account = await this.accountOf(caller, name);
    const standings = UUID.test(id) ? await this.submission.standings(caller, account, id) : [];
    if (standings.length === 0) throw new ApiError('not_found', `no submission ${showName(id)}`);
    return this.answer(caller, account, { id, standings });
  }

  @Get('accounts/:account/credentials')
  @Access('admin', 'reads')
  async list(@Caller() caller: TokenOwner, @Param('account') name: string): Promise<View> {
    const account = await this.accountOf(caller, name);
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const listed: { venue: VenueId; credentials: View[] }[] = [];
      for (const { accountId, venue } of account.routes)
        listed.push({ venue, credentials: (await new CredentialFactsRepository(tx).of(accountId)).map(showFacts) });
      const [own, ...further] = listed;
      return { account: account.name, ...own, further_venues: further };
    });
  }

  /**
   * Takes effect at every gateway within 5 s, at every venue of the account unless one is named; an older key does not
   * come back by it.
   */
  @Delete('accounts/:account/credentials/:version')
  @Access('admin', 'writes')
  async revoke(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @Param('version') text: string,
    @Query() query: Values,
  ): Promise<View> {
    const account = await this.accountOf(caller, name);
    const version = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
    const only = lastOf(query, 'venue') as VenueId | null;
    const { facts, stillJudged } = await this.db.inTenant(caller.tenantId, (tx) =>
      revokeCredential(tx, caller.tenantId, account, only, version),
    );
    if (facts === undefined)
      throw new ApiError(
        'not_found',
        `the account ${account.name} has no key ${showName(text)} at ${showName(only ?? account.venue)}`,
      );
    if (stillJudged.length > 0)
      throw ApiError.retryLater(
        'unavailable',
        `the key is still being judged for ${stillJudged.join(', ')}: revoke it again once it is`,
        5,
      );
    return showFacts(facts);
  }

  /** Accepted as soon as one venue of the account takes it; those that do not are named. */
  private async answer(caller: TokenOwner, account: VenueAccount, submitted: Submitted): Promise<View> {
    const { id, standings } = submitted;
    if (isWaiting(submitted)) return { submission_id: id, outcome: 'waiting' };
    const judged = account.routes.flatMap(({ accountId, venue }) => {
      const outcome = standings.find((standing) => standing.accountId === accountId)?.outcome;
      return outcome === undefined || outcome === null ? [] : [{ accountId, venue, outcome }];
    });
    const refused = judged.filter(({ outcome }) => outcome.outcome === 'refused');
    const accepted = judged.find(({ outcome }) => outcome.outcome === 'accepted');
    if (accepted === undefined)
      throw new ApiError('credential_refused', refused[0]?.outcome.text ?? '', {
        extra: { reason: refused[0]?.outcome.code },
      });
    const facts = await this.db.inTenant(caller.tenantId, (tx) =>
      new CredentialFactsRepository(tx).of(accepted.accountId),
    );
    const kept = facts.find(({ version }) => version === accepted.outcome.version);
    return {
      submission_id: id,
      outcome: 'accepted',
      venue: accepted.venue,
      ...(kept === undefined ? {} : showFacts(kept)),
      refused: refused.map(({ venue, outcome: { code, text } }) => ({ venue, reason: code, text })),
    };
  }

  private async accountOf(caller: TokenOwner, name: string): Promise<VenueAccount> {
    const accounts = await this.db.inTenant(caller.tenantId, (tx) => new AccountRepository(tx).ofUser(caller.userId));
    const found = accounts.find((account) => account.name === name && !account.isArchived);
    if (found === undefined) throw new ApiError('not_found', `no account '${showName(name)}'`);
    return found;
  }
}

/** Until the last of its venues has judged it. */
function isWaiting({ standings }: Submitted): boolean {
  return standings.some(({ outcome }) => outcome === null);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function showFacts(facts: CredentialFacts): View {
  return {
    version: facts.version,
    key_hint: facts.keyHint,
    can_trade: facts.canTrade,
    can_withdraw: facts.canWithdraw,
    ip_bound: facts.ipBound,
    warnings: facts.warnings,
    instruments: facts.instruments,
    created_at: facts.createdAt.toISOString(),
    revoked_at: facts.revokedAt?.toISOString() ?? null,
  };
}
