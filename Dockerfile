# One image for the operator and for every process of a site but its database.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS packages
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates npm
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund \
  && ln -sfn "../$(cd node_modules && ls -d node-linux-*)/bin/node" node_modules/.bin/node \
  && strip --strip-unneeded node_modules/node-linux-*/bin/node \
  # Headers and manuals; packages for another runtime; what is in dist; what only people and compilers read. Licences stay.
  && rm -rf node_modules/node-linux-*/include node_modules/node-linux-*/share node_modules/bare-* \
    node_modules/@kubernetes/client-node/dist \
  && find node_modules -type f ! -iname 'licen[cs]e*' \
    \( -name '*.map' -o -name '*.ts' -o -name '*.?ts' -o -name '*.md' -o -name '*.markdown' \) -delete

FROM ${BASE}
# ssh and sshd want to know the name of who they run as.
RUN apt-get update \
  && apt-get install -y --no-install-recommends openssh-client openssh-server rsync util-linux \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /etc/ssh/ssh_host_* \
  && useradd --uid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin sitesync
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
# The page and the part of the Kubernetes client that is used, built by hack/prepare: its tools are not in the image.
COPY dist/page dist/page
COPY dist/kube-config.js dist/
COPY package.json LICENSE ./
COPY bin bin
COPY src src
ENV PATH=/app/bin:/app/node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 10001:10001
ENTRYPOINT ["sitesync"]
