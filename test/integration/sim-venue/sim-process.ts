import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../../support/until.js';

const MAIN = fileURLToPath(new URL('../../../apps/sim-venue/src/main.ts', import.meta.url));
const HOOKS = fileURLToPath(new URL('../../support/typescript.mjs', import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  readonly ready: {
    readonly ready: true;
    readonly controlUrl: string;
    readonly spotUrl: string;
    readonly usdmUrl: string;
    readonly pid: number;
  };
  readonly lines: string[];
}

/** Simulated exchanges as processes of their own, scripted and on free ports. */
export class SimProcesses {
  readonly #children: ChildProcess[] = [];

  run(env: Record<string, string>): { child: ChildProcess; lines: string[]; errors: () => string } {
    const child = spawn(process.execPath, ['--import', HOOKS, MAIN], {
      env: {
        PATH: process.env['PATH'] ?? '',
        SIM_CONTROL_PORT: '0',
        SIM_SPOT_PORT: '0',
        SIM_USDM_PORT: '0',
        SIM_MARKET: 'scripted',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    const lines: string[] = [];
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return { child, lines, errors: () => errors };
  }

  async start(env: Record<string, string>): Promise<Started> {
    const { child, lines, errors } = this.run(env);
    await until(() => lines.length > 0 || child.exitCode !== null);
    if (lines[0] === undefined) throw new Error(`Did not start: ${errors()}`);
    return { child, lines, ready: JSON.parse(lines[0]) as Started['ready'] };
  }

  /** Runs one that is to refuse to start. @returns what it says */
  async refused(env: Record<string, string>): Promise<string> {
    const { child, errors } = this.run(env);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 1) throw new Error(`The process must end with 1, ended with ${code}`);
    return errors();
  }

  /** Kills them all. */
  async end(): Promise<void> {
    for (const child of this.#children.splice(0)) await kill(child);
  }
}

/** kill -9, and waits until the process is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
