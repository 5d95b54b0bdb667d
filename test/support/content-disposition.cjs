/**
 * Stands in for a package of @fastify/static that is ESM and loaded with `require`, which Node can and Jest cannot.
 * Only its `download` uses it, and we send no downloads.
 */
exports.create = () => {
  throw new Error('Downloads do not work under Jest');
};
