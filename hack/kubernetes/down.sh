# Stops everything that hack/cluster started, and removes what it created.
. "$here/network.sh"
. "$here/node.sh"

cluster_down() {
  local node name
  for node in $NODES; do
    stop_one "kubelet-$node" 10
    stop_one "proxy-$node" 5
    kill_containers "$node"
  done
  # The API server hangs in its own shutdown if etcd stops first.
  for name in dns volumes scheduler controllers api; do stop_one $name 15; done
  for node in $NODES; do
    stop_one "containerd-$node" 10
    kill_rest "$node"
    await 10 "the cgroups of $node to be empty" remove_cgroups "$node"
  done
  stop_one etcd 10
  unmount_below "$DIR"
  unmount_below "$RUN"
  remove_network
  rm -rf "$DIR" "$RUN"
}

# What runs in its pods.
kill_containers() {
  local hierarchy procs
  for hierarchy in $(cgroup_hierarchies); do
    [ -d "$hierarchy/$NET-$1" ] || continue
    while read -r procs; do
      # A container that exits by itself removes its list.
      { xargs -r kill -9 <"$procs" || true; } 2>/dev/null
    done < <(find "$hierarchy/$NET-$1" -name cgroup.procs)
  done
}

# Shims outlive their containerd.
kill_rest() {
  [ ! -e "/run/netns/$NET-$1" ] || ip netns pids "$NET-$1" | xargs -r kill -9 2>/dev/null || true
}

remove_cgroups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [ ! -d "$hierarchy/$NET-$1" ] || find "$hierarchy/$NET-$1" -depth -type d -exec rmdir {} + || return 1
  done
}

# Fails when something stays mounted: removing the directory would delete its content too.
unmount_below() {
  local at
  while read -r _ at _; do
    case $at in "$1"/*) umount -l "$at" ;; esac
  done < <(tac /proc/mounts)
  if grep -qF " $1/" /proc/mounts; then
    echo "something is still mounted below $1: umount it, then try again" >&2
    return 1
  fi
}
