import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { commandLineOf } from './stores/server-process.js';

/** Made once and kept, so that the next start continues where this one ended. */
export interface KeptSecrets {
  /** Of the database roles that the services log in as. */
  readonly appPassword: string;
  /** 32 bytes in hexadecimal: wraps the venue credentials in the database. */
  readonly masterKey: string;
  /** 32 bytes in hexadecimal: closes the secrets that webhooks are signed with. */
  readonly signalSecretsKey: string;
  /** The demo user's API token, 40 hexadecimal digits. */
  readonly demoToken: string;
  /** Of the demo account at the simulated exchange. */
  readonly venueKey: string;
  readonly venueSecret: string;
}

/** Another launcher works on the same data. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';
}

/** The launcher's directory (`.tranche` by default), held by one launcher at a time. */
export class DataDirectory {
  private constructor(readonly path: string) {}

  /**
   * Makes the directory when it is missing and takes hold of it.
   * @throws DataDirectoryInUse when a launcher that still runs holds it
   */
  static async hold(path: string): Promise<DataDirectory> {
    const directory = new DataDirectory(resolve(path));
    await mkdir(directory.path, { recursive: true });
    await chmod(directory.path, 0o711); // started by root, the stores run as another account and must pass
    await directory.#takeHold();
    return directory;
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  async release(): Promise<void> {
    await rm(this.#holderFile, { force: true });
  }

  async secrets(): Promise<KeptSecrets> {
    const file = this.file('secrets.json');
    const kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Partial<KeptSecrets>;
    const secrets: KeptSecrets = {
      appPassword: kept.appPassword ?? randomBytes(24).toString('hex'),
      masterKey: kept.masterKey ?? randomBytes(32).toString('hex'),
      signalSecretsKey: kept.signalSecretsKey ?? randomBytes(32).toString('hex'),
      demoToken: kept.demoToken ?? randomBytes(20).toString('hex'),
      venueKey: kept.venueKey ?? randomBytes(32).toString('hex'),
      venueSecret: kept.venueSecret ?? randomBytes(32).toString('hex'),
    };
    await this.writePrivately('secrets.json', secrets);
    return secrets;
  }

  /** Whole or not at all, for our eyes only. */
  async writePrivately(name: string, content: object): Promise<void> {
    const draft = this.file(`${name}.${process.pid}`);
    await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, this.file(name));
  }

  get #holderFile(): string {
    return this.file('launcher.pid');
  }

  async #takeHold(): Promise<void> {
    for (;;) {
      try {
        const file = await open(this.#holderFile, 'wx', 0o600);
        await file.writeFile(`${process.pid}\n`);
        await file.close();
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = Number((await readFile(this.#holderFile, 'utf8').catch(() => '')).trim());
      if (await isLauncher(holder))
        throw new DataDirectoryInUse(
          `${this.path} is in use by process ${holder}: stop it, or choose another --data-dir`,
        );
      await rm(this.#holderFile, { force: true }); // its holder was killed
    }
  }
}

async function isLauncher(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return false;
  return /start\.mjs|launcher/.test(await commandLineOf(pid));
}
