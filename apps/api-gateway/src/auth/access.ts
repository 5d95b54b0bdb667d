import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope, TokenOwner } from '#persistence';
import type { RateClass } from './rate-limiter.js';

/** What a route needs: a scope of the caller's token and the budget it draws on, or nothing at all. */
export type RouteAccess = { readonly scope: Scope; readonly rateClass: RateClass } | 'public';

export const ROUTE_ACCESS = 'tranche:access';

/** Every route says who may call it; one that does not keeps the service from starting (reliability.md S-02). */
export const Access = (scope: Scope, rateClass: RateClass): CustomDecorator => {
  const access: RouteAccess = { scope, rateClass };
  return SetMetadata(ROUTE_ACCESS, access);
};

/** For the documents only. */
export const Public = (): CustomDecorator => SetMetadata(ROUTE_ACCESS, 'public' satisfies RouteAccess);

export interface AuthenticatedRequest {
  caller?: TokenOwner;
  /** Of the token that the request came with. */
  tokenHash?: string;
}

/** The owner of the token that the request came with. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): TokenOwner => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (caller === undefined) throw new Error('A public route has no caller');
  return caller;
});
