import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Where `npx vite apps/ops-dashboard` finds a running API; only for work on the dashboard itself. */
const api = 'http://127.0.0.1:8080';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/apps/ops-dashboard/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The page is served under a policy without inline code and data: URLs: every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': api, '/manage': api, '/ws': { target: api, ws: true } },
  },
});
