# One namespace with a bridge for the control plane, one for each node, and an interface of the host on the bridge, so that
# tests reach the API and the pods. Nothing leads out of the machine.

make_network() {
  local node
  ip netns add "$NET-control"
  in_ns "$NET-control" ip link add br0 type bridge
  in_ns "$NET-control" ip address add "$API/24" dev br0
  in_ns "$NET-control" ip link set lo up
  in_ns "$NET-control" ip link set br0 up
  for node in $NODES; do make_node_network "$node"; done
  ip link add "$NET-host" type veth peer name host netns "$NET-control"
  in_ns "$NET-control" ip link set host master br0 up
  ip address add "10.220.$CLUSTER.254/24" dev "$NET-host"
  ip link set "$NET-host" up
  for node in $NODES; do
    ip route replace "${PODS[$node]}" via "${ADDRESS[$node]}"
    in_ns "$NET-control" ip route replace "${PODS[$node]}" via "${ADDRESS[$node]}"
  done
}

make_node_network() {
  local ns=$NET-$1
  ip netns add "$ns"
  in_ns "$NET-control" ip link add "node-$1" type veth peer name eth0 netns "$ns"
  in_ns "$NET-control" ip link set "node-$1" master br0 up
  in_ns "$ns" ip address add "${ADDRESS[$1]}/24" dev eth0
  in_ns "$ns" ip link set lo up
  in_ns "$ns" sysctl -qw net.ipv4.ip_forward=1
  connect_node "$1"
}

# Repeated after node-down, because taking a link down drops its routes.
connect_node() {
  local ns=$NET-$1 other
  in_ns "$ns" ip link set eth0 up
  in_ns "$ns" ip route replace default via "$API"
  for other in $NODES; do
    [ "$other" = "$1" ] || in_ns "$ns" ip route replace "${PODS[$other]}" via "${ADDRESS[$other]}"
  done
}

remove_network() {
  local node
  ip link delete "$NET-host" 2>/dev/null || true
  for node in $NODES control; do
    [ ! -e "/run/netns/$NET-$node" ] || ip netns delete "$NET-$node"
  done
}
