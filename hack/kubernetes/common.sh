# Shared by the parts of hack/cluster.
PATH=$PATH:/usr/sbin:/sbin
CLUSTER=${SITESYNC_CLUSTER:-0}
case $CLUSTER in [0-9]) ;; *) echo "SITESYNC_CLUSTER is $CLUSTER: it must be 0 to 9" >&2; exit 2 ;; esac
DIR=/var/lib/sitesync-cluster-$CLUSTER
# Pids and sockets are below /run, so that they do not survive a reboot.
RUN=/run/sitesync-cluster-$CLUSTER
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sitesync
# Namespaces are NET-control and NET-NODE.
NET=ss$CLUSTER
NODES='a b c'
API=10.220.$CLUSTER.1
SERVICES=10.221.0.0/16
DNS=10.221.0.10
declare -A ADDRESS=([a]=10.220.$CLUSTER.11 [b]=10.220.$CLUSTER.12 [c]=10.220.$CLUSTER.13)
declare -A PODS=([a]=10.222.$((CLUSTER * 16 + 1)).0/24 [b]=10.222.$((CLUSTER * 16 + 2)).0/24 [c]=10.222.$((CLUSTER * 16 + 3)).0/24)

[ "$(id -u)" = 0 ] || { echo 'hack/cluster makes network namespaces and runs containers: run it as root' >&2; exit 1; }

kube() { bash "$here/build"; }
in_ns() { local ns=$1; shift; nsenter --net="/run/netns/$ns" "$@"; }
kubectl() { "$(kube)" kubectl --kubeconfig="$DIR/kubeconfig" "$@"; }
containers_of() { local node=$1; shift; timeout 120 ctr --address "$RUN/$node/containerd.sock" --namespace k8s.io "$@"; }

# Fails while another up, load or down of this cluster is running.
only_one() {
  exec 9>"/run/lock/sitesync-cluster-$CLUSTER"
  flock --wait 900 9 || { echo 'another hack/cluster is at work since 15 minutes: end it first' >&2; return 1; }
}

needs_cluster() { [ -e "$RUN/api.pid" ] || { echo 'the cluster does not run: hack/cluster up starts it' >&2; return 1; }; }
needs_node() { [ -n "$1" ] && [ -n "${ADDRESS[$1]-}" ] || { echo "there is no node \"$1\", only $NODES" >&2; return 1; }; }

# start NAME NAMESPACE COMMAND…: runs it in the background, with log and pid file.
start() {
  local name=$1 ns=$2
  shift 2
  setsid nsenter --net="/run/netns/$ns" "$@" >>"$DIR/logs/$name.log" 2>&1 </dev/null 9>&- &
  echo "$! $(started_at $!)" >"$RUN/$name.pid"
}

# When a process was started, in ticks since boot: with its number it names one process for good.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# await SECONDS WHAT COMMAND…: retries it until it succeeds.
await() {
  local end=$((SECONDS + $1)) limit=$1 what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge "$end" ]; then
      echo "$what: not within $limit seconds. The logs are in $DIR/logs" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Whether the very process of a pid file still runs.
runs() {
  local pid since
  read -r pid since <"$1" || true
  [ -n "$since" ] && [ "$(started_at "$pid")" = "$since" ] && ! ended "$pid"
}

# stop_one NAME SECONDS: stops it, by force after a time-out. A process that has its number by now is left alone.
stop_one() {
  local file=$RUN/$1.pid pid
  [ -e "$file" ] || return 0
  read -r pid _ <"$file" || true
  if runs "$file" && kill "$pid" 2>/dev/null; then
    await "$2" "$1 to end" ended "$pid" || { kill -9 "$pid" && await 30 "$1 to be gone" ended "$pid"; }
  fi
  rm -f "$file"
}

# A process that nobody waited for is a zombie: it has exited too.
ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
