export { flag, integer, secret, secretUrl } from './fields.js';
export { ConfigError, loadConfig } from './load-config.js';
export { Secret } from './secret.js';
export { databaseConfig, opsConfig, redisConfig } from './shared-config.js';
