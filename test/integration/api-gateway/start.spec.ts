import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Controller, Get, Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type ServiceRuntime } from '#observability';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import { Database, seedDemo } from '#persistence';
import { DeclaredAccess } from '../../../apps/api-gateway/src/auth/declared-access.js';
import { createHttpApp } from '../../../apps/api-gateway/src/http/create-http-app.js';
import { apiGatewayService } from '../../../apps/api-gateway/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { assertDocumented } from './documented-answers.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const runtime = (): ServiceRuntime => ({
  logger: createLogger('api-gateway', 'silent'),
  metrics: new Metrics(),
  health: new HealthRegistry(),
});
const configOf = (more: Record<string, string> = {}) =>
  loadConfig(apiGatewayService.shape, {
    DATABASE_URL: database.appUrl,
    REDIS_URL: database.redisUrl,
    REDIS_PREFIX: database.redisPrefix,
    PORT: '0',
    ...more,
  });

it('starts from its environment, says where it is, counts requests, and stops', async () => {
  const started = runtime();
  const service = await apiGatewayService.start(configOf(), started);
  const { api } = service.urls as { api: string };
  const token = 'a'.repeat(40);
  const db = await Database.connect({ url: database.appUrl, poolSize: 1, applicationName: 'test' });
  const first = await seedDemo(db, { tokenHashHex: hashToken(token) });
  expect(await seedDemo(db, { tokenHashHex: hashToken(token) })).toEqual(first);
  await db.close();

  const answer = await fetch(`${api}orders/`, { headers: { Authorization: `Token ${token}` } });
  expect([answer.status, await answer.json()]).toEqual([200, { orders: [], page: 1, page_size: 100, has_more: false }]);
  expect((await started.health.ready()).status).toBe('ok');
  const unpriced = await fetch(`${api}orders/`, {
    method: 'POST',
    headers: { Authorization: `Token ${token}` },
    body: '{"accounts":["mock"],"pair":"ETH-USDT","side":"buy","strategy":"Market","base_asset_qty":1}',
  });
  const refusal = (await unpriced.json()) as { code: string };
  expect([unpriced.status, refusal.code]).toEqual([503, 'no_market_data']);
  assertDocumented('POST', '/api/orders/', unpriced.status, refusal);
  expect(await started.metrics.text()).toMatch(
    /tranche_api_request_seconds_count\{route="\/api\/orders",method="GET",status_class="2xx"\} 1/,
  );

  await service.stop();
  await expect(fetch(`${api}orders/`)).rejects.toThrow();
});

it('names every faulty variable at once and never a value', () => {
  const faulty = { DATABASE_URL: 'mysql://secret-host/db', PORT: '99999', DATABASE_POOL_SIZE: 'many' };
  const read = (): unknown => loadConfig(apiGatewayService.shape, faulty);
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    const { problems, message } = error as ConfigError;
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'DATABASE_POOL_SIZE',
      'DATABASE_URL',
      'PORT',
      'REDIS_URL',
    ]);
    for (const value of ['secret-host', '99999', 'many']) expect(message).not.toContain(value);
  }
});

it('does not start on a taken port', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  await expect(apiGatewayService.start(configOf({ PORT: String(port) }), runtime())).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  holder.close();
});

it('does not start while a route does not say who may call it (S-02)', async () => {
  @Controller('api')
  class Forgetful {
    @Get('forgotten')
    forgotten(): string {
      return 'open to all';
    }
  }
  @Module({})
  class Planted {}
  const module: DynamicModule = {
    module: Planted,
    imports: [DiscoveryModule],
    controllers: [Forgetful],
    providers: [DeclaredAccess, { provide: APP_GUARD, useValue: { canActivate: () => true } }],
  };
  const app = await createHttpApp(module, runtime());
  await expect(app.init()).rejects.toThrow(
    'Routes must declare their access with @Access or @Public, missing on: Forgetful.forgotten',
  );
  await app.close();
});
