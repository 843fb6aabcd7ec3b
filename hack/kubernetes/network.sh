# One namespace with a bridge for the control plane, one for each node, and a leg of the host on the bridge.

link_to_bridge() { # NAMESPACE ADDRESS: its eth0
  ip link add "veth-$1" type veth peer name eth0 netns "$1"
  ip link set "veth-$1" netns ss-control
  in_ns ss-control ip link set "veth-$1" master br0 up
  in_ns "$1" ip address add "$2/24" dev eth0
  in_ns "$1" ip link set lo up
  in_ns "$1" ip link set eth0 up
}

routes_to_pods() { # NODE or "": to the pods of all others
  local other
  for other in $NODES; do
    [ "$other" = "$1" ] || ip route replace "10.222.${NUMBER[$other]}.0/24" via "10.220.0.${NUMBER[$other]}"
  done
}

make_network() {
  local node
  ip netns add ss-control
  in_ns ss-control ip link add br0 type bridge
  in_ns ss-control ip address add $API/24 dev br0
  in_ns ss-control ip link set lo up
  in_ns ss-control ip link set br0 up
  for node in $NODES; do
    ip netns add "ss-$node"
    link_to_bridge "ss-$node" "10.220.0.${NUMBER[$node]}"
    in_ns "ss-$node" sysctl -qw net.ipv4.ip_forward=1
    node_link_up "$node"
  done
  ip link add ss-host type veth peer name veth-host netns ss-control
  in_ns ss-control ip link set veth-host master br0 up
  ip address add 10.220.0.254/24 dev ss-host
  ip link set ss-host up
  routes_to_pods ''
  in_ns ss-control bash -c "$(declare -p NUMBER NODES); $(declare -f routes_to_pods); routes_to_pods ''"
}

# Taking a link down forgets its routes.
node_link_up() {
  in_ns "ss-$1" ip link set eth0 up
  in_ns "ss-$1" ip route replace default via $API
  in_ns "ss-$1" bash -c "$(declare -p NUMBER NODES); $(declare -f routes_to_pods); routes_to_pods $1"
}
