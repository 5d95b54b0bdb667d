import { Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isUuid } from '#domain';
import {
  RestrictionRepository,
  type Restriction,
  type RestrictionAction,
  type RestrictionContent,
  type RestrictionRequest,
  type TokenOwner,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import type { JsonObject } from '../http/json-body.js';
import { jsonNumber } from '../http/json-text.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { orNull, showTime } from '../orders/show-values.js';
import { readRestriction } from './restriction-request.js';

type View = Readonly<Record<string, unknown>>;

/** Whether changes of restrictions need a second person. */
export const RESTRICTION_APPROVAL = Symbol('restriction approval');

/** What staff forbid (order-api.md 2, 4.10). With approval on, a change takes effect when another of the staff agrees. */
@Controller('api/admin/trading_restrictions')
export class RestrictionsController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(RESTRICTION_APPROVAL) private readonly needsApproval: boolean,
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
    return this.within(caller, (restrictions) =>
      this.needsApproval
        ? ask(restrictions, caller, reply, { action: 'create', restrictionId: null, content: content.value })
        : restrictions.add(content.value, caller.userId).then(showRestriction),
    );
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
      const before = there(await restrictions.find(id));
      const content = readRestriction(body, before);
      if (!content.ok) throw ApiError.ofFields(content.error);
      if (this.needsApproval)
        return ask(restrictions, caller, reply, { action: 'update', restrictionId: id, content: content.value });
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
        return ask(restrictions, caller, reply, { action: 'remove', restrictionId: id, content: null });
      return showRestriction(there(await restrictions.remove(id, caller.userId)));
    });
  }

  /** The word of a second person: whoever asked cannot agree as well. */
  @Post('review')
  @HttpCode(200)
  @Access('admin', 'writes')
  review(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    const { id, isApproved } = readReview(body);
    return this.within(caller, async (restrictions) => {
      const request = there(await restrictions.lockRequest(id));
      if (request.requestedById === caller.userId)
        throw new ApiError('forbidden', 'a change must be reviewed by another user than the one who asked for it');
      await restrictions.review(id, caller.userId, isApproved);
      const restriction = isApproved ? await carryOut(restrictions, request, caller) : null;
      return { request_id: id, approved: isApproved, restriction: orNull(restriction, showRestriction) };
    });
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
    readonly content: RestrictionContent | null;
  },
): Promise<View> {
  const id = await restrictions.request(change, userId);
  void reply.status(202);
  return { request_created: true, request_id: id };
}

/** What was removed meanwhile cannot be changed any more. @throws ApiError */
async function carryOut(
  restrictions: RestrictionRepository,
  { action, restrictionId, content }: RestrictionRequest,
  { userId }: TokenOwner,
): Promise<Restriction> {
  if (restrictionId === null && content !== null) return restrictions.add(content, userId);
  const id = restrictionId ?? '';
  if (action === 'remove' || content === null) return there(await restrictions.remove(id, userId));
  return there(await restrictions.update(id, content, userId));
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

function showContent({ type, limit, pair, venue, username, reason }: RestrictionContent): View {
  return { restriction_type: type, limit: orNull(limit, jsonNumber), pair, venue, username, reason };
}

function showRestriction(restriction: Restriction): View {
  return {
    id: restriction.id,
    ...showContent(restriction),
    created_at: showTime(restriction.createdAt),
    created_by: restriction.createdBy,
  };
}

function showRequest(request: RestrictionRequest): View {
  return {
    request_id: request.id,
    action: request.action,
    restriction_id: request.restrictionId,
    ...(request.content === null ? {} : showContent(request.content)),
    requested_at: showTime(request.requestedAt),
    requested_by: request.requestedBy,
  };
}
