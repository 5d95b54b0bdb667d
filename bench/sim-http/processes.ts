import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HOOKS = fileURLToPath(new URL('../../test/support/typescript.mjs', import.meta.url));
const VENUE = fileURLToPath(new URL('../../apps/sim-venue/src/main.ts', import.meta.url));
const FLOOR = fileURLToPath(new URL('./floor-server.ts', import.meta.url));
const PROFILE = process.argv.includes('--profile') ? ['--cpu-prof', '--cpu-prof-dir=profiles'] : [];

/** A server in a process of its own, and the one line of JSON with which it said that it was ready. */
export class ServerProcess<Ready> {
  static async start<Ready>(program: string, env: Record<string, string>, flags: readonly string[]) {
    const child = spawn(process.execPath, [...flags, '--import', HOOKS, program], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${program} must start, ended with ${String(code)}`);
      }),
    ])) as [string];
    return new ServerProcess(child, JSON.parse(line) as Ready);
  }

  private constructor(
    private readonly child: ChildProcess,
    readonly ready: Ready,
  ) {}

  get pid(): number {
    return this.child.pid as number;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

export interface VenueReady {
  readonly controlUrl: string;
  readonly spotUrl: string;
}

export function startVenue(env: Record<string, string>): Promise<ServerProcess<VenueReady>> {
  const ports = { SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0' };
  return ServerProcess.start<VenueReady>(VENUE, { ...ports, ...env }, PROFILE);
}

/** A bare `node:http` server that answers everything with this body. */
export function startFloor(body: string): Promise<ServerProcess<{ readonly url: string }>> {
  return ServerProcess.start<{ url: string }>(FLOOR, { FLOOR_BODY: body }, []);
}
