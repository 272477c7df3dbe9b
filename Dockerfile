# docker build -t sluice . && docker run --rm -p 443:8443 sluice serve --listen tls://0.0.0.0:8443 …
FROM node:24-trixie-slim AS build
WORKDIR /sluice
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npx tsc -p . && npm prune --omit=dev --no-audit --no-fund

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /sluice
COPY --from=build /sluice/package.json ./
COPY --from=build /sluice/node_modules node_modules
COPY --from=build /sluice/dist dist
# The page of the admin listener is served as it is written.
COPY src/dashboard src/dashboard
COPY --from=build /sluice/src/dashboard src/dashboard
USER node
# 8443 and 8080 rather than 443 and 80: not every runtime lets an ordinary user have those.
EXPOSE 8443 8080
ENTRYPOINT ["node", "/sluice/dist/src/cli.js"]
CMD ["serve", "--listen", "tls://0.0.0.0:8443", "--listen", "http://0.0.0.0:8080"]
