import { z } from 'zod';

/** Start-up stops here: `problems` names each variable and what it must be, never the value it had. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the environment once, at start-up, into one frozen object. A variable set to the empty string counts as unset.
 * @throws ConfigError with all problems at once; names, never values
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.keys(shape)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = new Map<string, string>();
  for (const issue of parsed.error.issues) {
    const name = issue.path.join('.');
    if (problems.has(name)) continue;
    problems.set(name, name in given ? `${name}: ${issue.message}` : `${name}: is required, ${issue.message}`);
  }
  throw new ConfigError([...problems.values()]);
}
