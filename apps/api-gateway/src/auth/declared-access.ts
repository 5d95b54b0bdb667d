import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ROUTE_ACCESS } from './access.js';

/** Refuses to start while any route does not say who may call it. */
@Injectable()
export class DeclaredAccess implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const undeclared = this.discovery
      .getControllers()
      .flatMap(({ metatype, instance }) => this.undeclaredOf(metatype?.name ?? 'controller', instance as object));
    if (undeclared.length > 0)
      throw new Error(`Routes must declare their access with @Access or @Public, missing on: ${undeclared.join(', ')}`);
  }

  private undeclaredOf(controller: string, instance: object): string[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, (() => unknown) | undefined>;
    return new MetadataScanner()
      .getAllMethodNames(prototype)
      .filter((method) => {
        const handler = prototype[method];
        if (handler === undefined) return false;
        const isRoute = this.reflector.get<unknown>(PATH_METADATA, handler) !== undefined;
        return isRoute && this.reflector.get<unknown>(ROUTE_ACCESS, handler) === undefined;
      })
      .map((method) => `${controller}.${method}`);
  }
}
