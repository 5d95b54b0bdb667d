import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/access.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './openapi.js';

/** The documents: the only routes that anyone may read. */
@Controller('docs')
export class DocsController {
  @Get()
  @Public()
  page(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    void reply
      .type('text/html; charset=utf-8')
      .header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    return docsPage(`${request.protocol}://${request.host}`);
  }

  @Get('openapi.json')
  @Public()
  document(): Readonly<Record<string, unknown>> {
    return openApiDocument();
  }
}
