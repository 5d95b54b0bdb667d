import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { changeRestriction, isUuid, type RestrictionChange, type RestrictionContent } from '#domain';
import { shown, type JsonObject } from '#order-intake';
import {
  RestrictionRepository,
  type Restriction,
  type RestrictionAction,
  type RestrictionRequest,
  type TokenOwner,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { jsonNumber } from '../http/json-number.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { orNull, showTime } from '../orders/show-values.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { readRestriction, readRestrictionChange } from './restriction-request.js';

type View = Readonly<Record<string, unknown>>;

/** Whether changes of restrictions need a second person. */
export const RESTRICTION_APPROVAL = Symbol('restriction approval');

/** What staff forbid (order-api.md 2, 4.10). With approval on, a change takes effect when another of the staff agrees. */
@Controller('api/admin/trading_restrictions')
export class RestrictionsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(RESTRICTION_APPROVAL) private readonly needsApproval: boolean,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
  ) {}

  @Get()
  @Access('admin', 'reads')
  list(@Caller() caller: TokenOwner): Promise<View> {
    return this.within(caller, async (restrictions) => ({
      trading_restrictions: (await restrictions.all()).map(showRestriction),
      requests: (await restrictions.openRequests()).map(showRequest),
    }));
  }

  @Post()
  @HttpCode(200)
  @Access('admin', 'writes')
  create(
    @Caller() caller: TokenOwner,
    @JsonBody() body: JsonObject,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<View> {
    const content = readRestriction(body);
    if (!content.ok) throw ApiError.ofFields(content.error);
    return this.within(caller, async (restrictions) => {
      await this.assertKnown(restrictions, content.value);
      if (this.needsApproval)
        return ask(restrictions, caller, reply, { action: 'create', restrictionId: null, change: content.value });
      return showRestriction(await restrictions.add(content.value, caller.userId));
    });
  }

  @Patch(':id')
  @Access('admin', 'writes')
  update(
    @Caller() caller: TokenOwner,
    @Param('id') segment: string,
    @JsonBody() body: JsonObject,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<View> {
    return this.within(caller, async (restrictions) => {
      const id = readId(segment);
      const before = there(await restrictions.lock(id));
      const change = readRestrictionChange(body);
      if (!change.ok) throw ApiError.ofFields(change.error);
      const content = changeRestriction(before, change.value);
      if (!content.ok) throw ApiError.ofFields({ [content.error.field]: [content.error.text] });
      await this.assertKnown(restrictions, change.value);
      if (this.needsApproval)
        return ask(restrictions, caller, reply, { action: 'update', restrictionId: id, change: change.value });
      return showRestriction(there(await restrictions.update(id, content.value, caller.userId)));
    });
  }

  @Delete(':id')
  @Access('admin', 'writes')
  remove(
    @Caller() caller: TokenOwner,
    @Param('id') segment: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<View> {
    return this.within(caller, async (restrictions) => {
      const id = readId(segment);
      there(await restrictions.find(id));
      if (this.needsApproval)
        return ask(restrictions, caller, reply, { action: 'remove', restrictionId: id, change: null });
      return showRestriction(there(await restrictions.remove(id, caller.userId)));
    });
  }

  /** The word of a second person: whoever asked cannot agree as well. What is asked of a restriction ends with it. */
  @Post('review')
  @HttpCode(200)
  @Access('admin', 'writes')
  @RunsApart()
  async review(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const { id, isApproved } = readReview(body);
    const reviewed = await this.within(caller, async (restrictions) => {
      const request = there(await restrictions.lockRequest(id));
      if (request.requestedById === caller.userId)
        throw new ApiError('forbidden', 'a change must be reviewed by another user than the one who asked for it');
      const before = request.restrictionId === null ? null : await restrictions.lock(request.restrictionId);
      const isGone = request.restrictionId !== null && before === null;
      await restrictions.review(id, caller.userId, isApproved && !isGone);
      if (isApproved && isGone) return null;
      const restriction = isApproved ? await carryOut(restrictions, request, before, caller) : null;
      return { request_id: id, approved: isApproved, restriction: orNull(restriction, showRestriction) };
    });
    if (reviewed === null)
      throw new ApiError('save_failed', 'the restriction has been removed since, and the request is closed');
    return reviewed;
  }

  /** A name that nobody has would restrict nothing. @throws ApiError */
  private async assertKnown(
    restrictions: RestrictionRepository,
    { venue = null, username = null }: RestrictionChange,
  ): Promise<void> {
    const errors: Record<string, string[]> = {};
    if (venue !== null) {
      const listed = this.venues.flatMap(({ id, exchange }) => [id, exchange]);
      const known = [...new Set([...listed, ...(await restrictions.places())])];
      if (!known.some((one) => one.toLowerCase() === venue.toLowerCase()))
        errors['venue'] = [`venue must be one of ${known.join(', ')}, was ${shown(venue)}`];
    }
    if (username !== null && !(await restrictions.isUser(username)))
      errors['username'] = [`username must be the name of a user, was ${shown(username)}`];
    if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors);
  }

  private within<T>({ tenantId }: TokenOwner, work: (restrictions: RestrictionRepository) => Promise<T>): Promise<T> {
    return this.db.inTenant(tenantId, (tx) => work(new RestrictionRepository(tx, tenantId)));
  }
}

async function ask(
  restrictions: RestrictionRepository,
  { userId }: TokenOwner,
  reply: FastifyReply,
  change: {
    readonly action: RestrictionAction;
    readonly restrictionId: string | null;
    readonly change: RestrictionChange | null;
  },
): Promise<View> {
  const id = await restrictions.request(change, userId);
  void reply.status(202);
  return { request_created: true, request_id: id };
}

/**
 * Of another than a new one only what was asked for is changed, in what it has become meanwhile.
 * @param before that one, locked; null for a new one @throws ApiError
 */
async function carryOut(
  restrictions: RestrictionRepository,
  { action, change, requestedById }: RestrictionRequest,
  before: Restriction | null,
  { userId }: TokenOwner,
): Promise<Restriction> {
  if (before === null) return restrictions.add(change as RestrictionContent, userId, requestedById);
  if (action === 'remove' || change === null) return there(await restrictions.remove(before.id, userId));
  const content = changeRestriction(before, change);
  if (!content.ok)
    throw new ApiError('save_failed', `the restriction has changed since, and ${content.error.text}`, {
      errors: { [content.error.field]: [content.error.text] },
    });
  return there(await restrictions.update(before.id, content.value, userId));
}

function readReview(body: JsonObject): { readonly id: string; readonly isApproved: boolean } {
  const { request_id: id, approve } = body;
  const errors: Record<string, string[]> = {};
  if (typeof id !== 'string' || !isUuid(id)) errors['request_id'] = ['request_id must be the id of a request'];
  if (typeof approve !== 'boolean') errors['approve'] = ['approve must be true or false'];
  if (typeof id !== 'string' || typeof approve !== 'boolean' || errors['request_id'] !== undefined)
    throw ApiError.ofFields(errors);
  return { id: id.toLowerCase(), isApproved: approve };
}

function readId(segment: string): string {
  if (!isUuid(segment)) throw new ApiError('not_found', 'Not found.');
  return segment.toLowerCase();
}

function there<T>(found: T | null): T {
  if (found === null) throw new ApiError('not_found', 'Not found.');
  return found;
}

/** Only what is named. */
function showChange({ type, limit, pair, venue, username, reason }: RestrictionChange): View {
  return {
    ...(type === undefined ? {} : { restriction_type: type }),
    ...(limit === undefined ? {} : { limit: orNull(limit, jsonNumber) }),
    ...(pair === undefined ? {} : { pair }),
    ...(venue === undefined ? {} : { venue }),
    ...(username === undefined ? {} : { username }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function showRestriction(restriction: Restriction): View {
  return {
    id: restriction.id,
    ...showChange(restriction),
    created_at: showTime(restriction.createdAt),
    created_by: restriction.createdBy,
  };
}

function showRequest(request: RestrictionRequest): View {
  return {
    request_id: request.id,
    action: request.action,
    restriction_id: request.restrictionId,
    ...(request.change === null ? {} : showChange(request.change)),
    requested_at: showTime(request.requestedAt),
    requested_by: request.requestedBy,
  };
}
