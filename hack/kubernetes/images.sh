# The images of this checkout, and of the database as Debian has it, on every node. Nothing is pulled from a registry.

IMAGES=$CACHE/images
DATABASE=localhost/mariadb:10.11
SITESYNC=localhost/sitesync:dev

cluster_load() {
  mkdir -p "$IMAGES"
  pause_image
  database_image
  sitesync_image
}

# give ARCHIVE: to every node.
give() {
  local node
  for node in $NODES; do
    ctr -a "/run/sitesync-$node/containerd.sock" -n k8s.io images import "$1" >/dev/null
  done
}

# archive IMAGE FILE
archive() { buildah push --quiet "$1" "docker-archive:$2:$1"; }

pause_image() {
  local file=$IMAGES/pause.tar work
  if [ ! -e "$file" ]; then
    work=$(mktemp -d)
    printf 'package main\n\nimport (\n\t"os"\n\t"os/signal"\n\t"syscall"\n)\n\nfunc main() {\n\tend := make(chan os.Signal, 1)\n\tsignal.Notify(end, syscall.SIGTERM, syscall.SIGINT)\n\t<-end\n}\n' >"$work/main.go"
    (cd "$work" && CGO_ENABLED=0 go build -ldflags='-s -w' -o pause main.go)
    printf 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n' >"$work/Dockerfile"
    buildah build --isolation chroot --quiet -t localhost/pause:1 "$work" >/dev/null
    archive localhost/pause:1 "$file.new" && mv "$file.new" "$file"
    rm -rf "$work"
  fi
  give "$file"
}

# base NAME OPTION…: a root file system of Debian as an image.
base() {
  local name=$1 work
  shift
  buildah inspect --type image "$name" >/dev/null 2>&1 && return
  work=$(mktemp -d)
  mmdebstrap --quiet --variant=apt --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$@" bookworm "$work/root.tar"
  # Whom this machine trusts: its way to the registries may lead over a proxy with a certificate of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$work/"
  printf '%s\n' 'FROM scratch' 'ADD root.tar /' 'COPY ca-certificates.crt /etc/ssl/certs/' \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' 'CMD ["bash"]' >"$work/Dockerfile"
  buildah build --isolation chroot --quiet -t "$name" "$work" >/dev/null
  rm -rf "$work"
}

database_image() {
  local file=$IMAGES/mariadb.tar
  if [ ! -e "$file" ]; then
    echo 'Making the image of MariaDB' >&2
    base "$DATABASE" --include=mariadb-server-core,mariadb-client-core
    archive "$DATABASE" "$file.new" && mv "$file.new" "$file"
  fi
  give "$file"
}

sitesync_image() {
  local file=$IMAGES/sitesync.tar
  base localhost/debian:bookworm --include=ca-certificates
  echo 'Building the image of this checkout' >&2
  # The host's network and package sources: there is no other here.
  buildah build --isolation chroot --layers --quiet --build-arg BASE=localhost/debian:bookworm -t "$SITESYNC" "$here/.." >/dev/null
  rm -f "$file"
  archive "$SITESYNC" "$file"
  give "$file"
}
