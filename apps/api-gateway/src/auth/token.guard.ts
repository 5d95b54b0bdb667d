import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../http/api-error.js';
import { ROUTE_ACCESS, type AuthenticatedRequest, type RouteAccess } from './access.js';
import { hashToken, readAuthorization } from './authorization-header.js';
import { RateLimiter } from './rate-limiter.js';
import { TokenDirectory } from './token-directory.js';

/** Who calls, whether they may, and whether not too often; before anything of the request is read. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(TokenDirectory) private readonly tokens: TokenDirectory,
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, context.getHandler());
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & AuthenticatedRequest>();
    const token = readAuthorization(request.headers.authorization);
    const tokenHash = token === null ? null : hashToken(token);
    const owner = tokenHash === null ? null : await this.tokens.ownerOf(tokenHash);
    if (owner === null || tokenHash === null)
      throw new ApiError('unauthenticated', 'Invalid token.', { headers: { 'WWW-Authenticate': 'Token' } });
    if (access === undefined || !owner.scopes.includes(access.scope))
      throw new ApiError('forbidden', 'You do not have permission to perform this action.');
    const waitMs = this.limiter.take(tokenHash, access.rateClass);
    if (waitMs !== null) {
      const seconds = Math.max(1, Math.ceil(waitMs / 1000));
      throw ApiError.retryLater('rate_limited', `too many requests, retry in ${seconds} s`, seconds);
    }
    request.caller = owner;
    request.tokenHash = tokenHash;
    return true;
  }
}
