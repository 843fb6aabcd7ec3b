# Stops everything that hack/cluster started, and removes what it made.

cluster_down() {
  local node file
  for node in $NODES; do
    stop_one "kubelet-$node" 10
    stop_one "proxy-$node" 5
    end_containers "$node"
  done
  # The API server hangs in its own shutdown when etcd goes first.
  for file in dns controllers scheduler api; do stop_one $file 15; done
  for node in $NODES; do stop_one "containerd-$node" 10; done
  stop_one etcd 10
  unmount_below "$DIR"
  for node in $NODES; do
    unmount_below "/run/sitesync-$node"
    rm -rf "/run/sitesync-$node"
    remove_cgroups "$node"
    ip netns delete "ss-$node" 2>/dev/null || true
  done
  ip link delete ss-host 2>/dev/null || true
  ip netns delete ss-control 2>/dev/null || true
  rm -rf "$DIR"
}

end_containers() {
  local socket=/run/sitesync-$1/containerd.sock id pid
  if [ -S "$socket" ]; then
    for id in $(timeout 10 ctr -a "$socket" -n k8s.io tasks list -q 2>/dev/null); do
      timeout 5 ctr -a "$socket" -n k8s.io tasks kill -s SIGKILL "$id" 2>/dev/null || true
    done
  fi
  # Shims outlive their containerd.
  for pid in $(pgrep -f "containerd-shim.*-address /run/sitesync-$1/" || true); do kill -9 "$pid" 2>/dev/null || true; done
}

unmount_below() {
  local at
  while read -r _ at _; do
    case $at in "$1"/*) umount -l "$at" 2>/dev/null || true ;; esac
  done < <(tac /proc/mounts)
}

remove_cgroups() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup/*/; do
    [ -d "$hierarchy/sitesync-$1" ] || continue
    find "$hierarchy/sitesync-$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
