# One image for every service; the command says which. Its uid may not write anywhere but /data.
FROM node:20.19.4-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# With optional packages: the bundler's binary for this platform is one.
RUN npm ci --ignore-scripts
COPY tsconfig.json rolldown.config.mjs ./
COPY apps apps
COPY libs libs
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:20.19.4-bookworm-slim
ENV NODE_ENV=production OPS_HOST=0.0.0.0 OPS_PORT=9464 HOST=0.0.0.0
WORKDIR /app
RUN mkdir /data && chown 10001:10001 /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 10001:10001
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/api-gateway/src/main.js"]
