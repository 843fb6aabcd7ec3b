# What the parts of hack/cluster share.
PATH=$PATH:/usr/sbin:/sbin
DIR=${SITESYNC_CLUSTER_DIR:-/var/lib/sitesync-cluster}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sitesync
NODES='a b c'
# The last part of a node's address, and the third of its pods'.
declare -A NUMBER=([a]=11 [b]=12 [c]=13)
API=10.220.0.1
SERVICES=10.221.0.0/16
DNS=10.221.0.10

[ "$(id -u)" = 0 ] || { echo 'hack/cluster needs root: it makes network namespaces and runs containers' >&2; exit 1; }

kube() { bash "$here/kubernetes/build"; }
in_ns() { local ns=$1; shift; nsenter --net="/run/netns/$ns" "$@"; }
kubectl() { "$(kube)" kubectl --kubeconfig="$DIR/kubeconfig" "$@"; }

# start NAME NAMESPACE COMMAND…: in the background, with log and pid file.
start() {
  local name=$1 ns=$2
  shift 2
  setsid nsenter --net="/run/netns/$ns" "$@" >>"$DIR/logs/$name.log" 2>&1 </dev/null &
  echo $! >"$DIR/run/$name.pid"
}

# await SECONDS WHAT COMMAND…: until it succeeds.
await() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge "$end" ]; then
      echo "$what: not in time. The logs are in $DIR/logs" >&2
      return 1
    fi
    sleep 0.2
  done
}

# stop_one NAME SECONDS: ends it, by force when it takes longer.
stop_one() {
  local file=$DIR/run/$1.pid pid
  [ -e "$file" ] || return 0
  pid=$(<"$file")
  kill "$pid" 2>/dev/null || true
  await "$2" "$1 to end" bash -c "! kill -0 $pid" || kill -9 "$pid" 2>/dev/null || true
  rm -f "$file"
}
