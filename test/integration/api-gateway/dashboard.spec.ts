import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiHarness } from './api-harness.js';

const PAGE = '<!doctype html><script type="module" src="/assets/main-1a2b.js"></script>';
const SCRIPT = 'document.title = "Tranche";';

let api: ApiHarness;
let folder: string;
let unbuilt: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'assets', 'main-1a2b.js'), SCRIPT);
  await writeFile(join(folder, 'secret.txt'), 'not served');
  api = await ApiHarness.start(undefined, { dashboardDir: folder });
  unbuilt = (await api.addReplica({ dashboardDir: join(folder, 'nowhere') })).url;
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const get = (path: string, accept = '*/*', base = api.url): Promise<Response> =>
  fetch(base + path, { headers: { Accept: accept }, redirect: 'manual' });
const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';

describe('the dashboard', () => {
  it('is one document for every address that a browser opens', async () => {
    for (const [path, accept] of [
      ['/', '*/*'],
      ['/', HTML],
      ['/login', HTML],
      ['/orders/7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab', HTML],
      ['/orders/x/?tab=fills', HTML],
    ] as const) {
      const answer = await get(path, accept);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, PAGE]);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('runs nothing but its own code, in no frame, and tells nobody where it was', async () => {
    const { headers } = await get('/login', HTML);
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
        const [name = '', ...sources] = rule.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'self'",
      'connect-src': "'self'",
      'img-src': "'self' data:",
      'style-src': "'self'",
      'script-src': "'self'",
      'object-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    });
    for (const answer of [await get('/'), await get('/assets/main-1a2b.js'), await get('/api/orders/')]) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('keeps files whose names change with their content, and serves nothing beside them', async () => {
    const script = await get('/assets/main-1a2b.js');
    expect([script.status, await script.text()]).toEqual([200, SCRIPT]);
    expect(script.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of [
      '/assets/main-0000.js',
      '/assets/',
      '/assets/..%2fsecret.txt',
      '/assets/%2e%2e/secret.txt',
      '/secret.txt',
      '/index.html',
    ]) {
      const answer = await get(path, HTML);
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      expect(await answer.json()).toHaveProperty('error');
      expect(answer.headers.get('cache-control') ?? '').not.toMatch(/immutable/);
    }
  });

  it('leaves to programs the answers that they know', async () => {
    for (const [path, accept] of [
      ['/login', '*/*'],
      ['/login', 'application/json'],
      ['/api/nothing', HTML],
      ['/manage/v1/nothing', HTML],
      ['/ws/orders/', HTML],
      ['/docs/nothing', HTML],
    ] as const) {
      const answer = await get(path, accept);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.json()).toMatchObject({ error: 'Not found.', code: 'not_found' });
    }
    for (const method of ['POST', 'DELETE']) {
      const answer = await fetch(`${api.url}/login`, { method, headers: { Accept: HTML } });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(await answer.json()).toHaveProperty('error');
    }
    expect((await get('/docs', HTML)).status).toBe(200);
    expect((await get('/api/orders/', HTML)).status).toBe(401);
  });

  it('says so while it is not built', async () => {
    for (const path of ['/', '/login']) {
      const answer = await get(path, HTML, unbuilt);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
      expect(await answer.text()).toMatch(/^The dashboard is not built: run "npm run build"/);
    }
    expect((await get('/assets/main-1a2b.js', '*/*', unbuilt)).status).toBe(404);
  });
});
