# Loads the images of this checkout, and of Debian's databases, into every node. Nothing is pulled from a registry.
IMAGES=$CACHE/images
SITESYNC=localhost/sitesync:dev
MARIADB=localhost/mariadb:10.11
MYSQL=localhost/mysql:9.7

cluster_load() {
  mkdir -p "$IMAGES"
  root_image "$MARIADB" bookworm --include=mariadb-server-core,mariadb-client-core
  give "$MARIADB" "$(buildah images --quiet --no-trunc "$MARIADB")"
  root_image "$MYSQL" sid --include=mysql-server-core,mysql-client-core
  give "$MYSQL" "$(buildah images --quiet --no-trunc "$MYSQL")"
  root_image localhost/debian:bookworm bookworm --include=ca-certificates
  bash "$here/../prepare" >&2 # builds the page
  echo 'Building the image of this checkout' >&2
  # With the host's network, because there is no other.
  quietly build_image --layers --iidfile "$RUN/sitesync.id" --build-arg BASE=localhost/debian:bookworm "$here/../.."
  give "$SITESYNC" "$(<"$RUN/sitesync.id")"
}

build_image() { buildah build --isolation chroot "$@"; }

# Shows a command's output only when it fails.
quietly() {
  local said
  said=$(mktemp)
  "$@" >"$said" 2>&1 || { tail -n 40 "$said" >&2 && rm "$said" && return 1; }
  rm "$said"
}

# root_image NAME SUITE OPTION…: a Debian root filesystem, built once.
root_image() {
  local name=$1 suite=$2 work
  shift 2
  ! buildah inspect --type image "$name" >/dev/null 2>&1 || return 0
  echo "Making the image $name of Debian's packages" >&2
  work=$(mktemp -d)
  # A mirror that lags is fine: its content is signed.
  quietly mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Dir::Cache::pkgcache ""' \
    --aptopt='Dir::Cache::srcpkgcache ""' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$@" "$suite" "$work/root.tar"
  # The certificates that this machine trusts: registries may be behind a proxy with its own.
  cp /etc/ssl/certs/ca-certificates.crt "$work/"
  printf '%s\n' 'FROM scratch' 'ADD root.tar /' 'COPY ca-certificates.crt /etc/ssl/certs/' \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' 'CMD ["bash"]' >"$work/Dockerfile"
  quietly build_image -t "$name" "$work"
  rm -rf "$work"
}

# give NAME ID: loads the image into every node that does not have it under that name.
give() {
  local name=$1 id=$2 node file stamp missing=()
  stamp=image-$(tr /: __ <<<"$name")
  for node in $NODES; do
    [ "$(cat "$RUN/$node/$stamp" 2>/dev/null)" = "$id" ] || missing+=("$node")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  file=$(mktemp -p "$IMAGES")
  quietly buildah push "$id" "docker-archive:$file:$name"
  for node in "${missing[@]}"; do
    quietly containers_of "$node" images import "$file"
    echo "$id" >"$RUN/$node/$stamp"
  done
  rm "$file"
}

# The kubelet's own image, which must exist before any pod.
pause_image() {
  local file=$IMAGES/pause.tar work
  [ ! -e "$file" ] || return 0
  mkdir -p "$IMAGES"
  work=$(mktemp -d)
  (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/pause" ./pause)
  printf '%s\n' 'FROM scratch' 'COPY pause /pause' 'ENTRYPOINT ["/pause"]' >"$work/Dockerfile"
  quietly build_image -t localhost/pause:1 "$work"
  quietly buildah push localhost/pause:1 "docker-archive:$work/pause.tar:localhost/pause:1"
  mv "$work/pause.tar" "$file"
  rm -rf "$work"
}
