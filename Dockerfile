# The image of every part of the fleet: `api`, `serve`, `migrate`. The base is an argument, for registries of your own and for
# machines without one; it has to bring Node.js 20.11 or newer, glibc and a shell (test/support/node-image.sh makes one).
ARG BASE=node:20-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No scripts of others run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
# The optional packages are the compiler for this platform, and the embedded PostgreSQL: a fleet has its own.
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${BASE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY migrations migrations
COPY seed seed
# By number: it need not be in /etc/passwd. Nothing in /app belongs to it.
USER 1000:1000
# The handlers of your own go here: COPY or mount them, and name them with HANDLERS.
WORKDIR /work
EXPOSE 8080
# `api` and `serve --http 8080` answer here; `api` may have another port by API_PORT.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# It drains: give it longer than DRAIN_TIMEOUT (docker stop --time 40).
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/taskproc"]
CMD ["serve", "--http", "8080"]
