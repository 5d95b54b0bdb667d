import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type ServerAccount, giveTo } from './server-account.js';

/** A password made once and kept beside the data it opens, readable by the server's account alone. */
export async function rememberedPassword(file: string, account: ServerAccount | undefined): Promise<string> {
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (kept !== '') return kept;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  giveTo(account, file);
  return password;
}

/** The port of last time when it is free, else any free one; on the loopback interface, as everything here. */
export async function rememberedPort(file: string): Promise<number> {
  const kept = Number((await readFile(file, 'utf8').catch(() => '')).trim());
  const port = Number.isInteger(kept) && kept > 0 && (await tryPort(kept)) !== undefined ? kept : await tryPort(0);
  if (port === undefined) throw new Error('No free port on 127.0.0.1');
  await writeFile(file, `${port}\n`, { mode: 0o600 });
  return port;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(undefined);
    });
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const found = typeof address === 'object' && address !== null ? address.port : undefined;
      probe.close(() => {
        resolve(found);
      });
    });
  });
}
