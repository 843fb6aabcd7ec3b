# One node: containerd, kubelet and kube-proxy with their own directories, sockets and cgroups.

start_node() {
  local node=$1 at=$DIR/nodes/$1 kube
  kube=$(kube)
  mkdir -p "$at"/{containerd,kubelet,cni,pod-logs} "$RUN/$node"
  make_cgroups "$node"
  containerd_config "$node" "$at" >"$at/containerd.toml"
  pod_network_config "$node" >"$at/cni/10-bridge.conflist"
  echo "nameserver $API" >"$at/resolv.conf"
  kubelet_config "$node" "$at" >"$at/kubelet.yaml"
  proxy_config "$node" >"$at/proxy.yaml"
  start "containerd-$node" "$NET-$node" containerd --config "$at/containerd.toml"
  await 30 "containerd of $node" containers_of "$node" version
  containers_of "$node" images import "$CACHE/images/pause.tar" >/dev/null
  start "kubelet-$node" "$NET-$node" "$kube" kubelet --config="$at/kubelet.yaml" --kubeconfig="$DIR/pki/kubelet-$node.kubeconfig" \
    --root-dir="$at/kubelet" --cert-dir="$at/kubelet/pki" --hostname-override="$node" --node-ip="${ADDRESS[$node]}" \
    --node-labels="topology.sitesync.dev/node=$node" --v=1
  start "proxy-$node" "$NET-$node" "$kube" kube-proxy --config="$at/proxy.yaml" --v=1
}

# Kubelets that share a root remove each other's pods.
make_cgroups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    mkdir -p "$hierarchy/$NET-$1"
    if [ -e "$hierarchy/cpuset.cpus" ] && [ -e "$hierarchy/cpuset.mems" ]; then
      cat "$hierarchy/cpuset.cpus" >"$hierarchy/$NET-$1/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$hierarchy/$NET-$1/cpuset.mems"
    fi
  done
}

# One with cgroup v2, several with v1.
cgroup_hierarchies() {
  local procs
  for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
    [ ! -e "$procs" ] || dirname "$procs"
    [ "$procs" != /sys/fs/cgroup/cgroup.procs ] || [ ! -e "$procs" ] || return 0
  done
}

containerd_config() { # NODE FOLDER
  cat <<TOML
version = 2
root = "$2/containerd"
state = "$RUN/$1/state"
oom_score = 0
[grpc]
  address = "$RUN/$1/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  # Lowering a score may be refused, which kills runc.
  restrict_oom_score_adj = true
  # So that they are stopped with the cluster.
  netns_mounts_under_state_dir = true
  sandbox_image = "localhost/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$2/cni"
TOML
}

pod_network_config() { # NODE
  cat <<JSON
{"cniVersion": "0.4.0", "name": "$NET-$1", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true, "ipam": {
    "type": "host-local", "dataDir": "$RUN/$1/ipam", "ranges": [[{"subnet": "${PODS[$1]}"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
}

kubelet_config() { # NODE FOLDER
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$RUN/$1/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$NET-$1
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
podLogsDir: $2/pod-logs
clusterDNS: [$DNS]
clusterDomain: cluster.local
resolvConf: $2/resolv.conf
nodeStatusUpdateFrequency: 2s
# How soon pods see a changed ConfigMap or Secret; the default is a minute.
syncFrequency: 10s
nodeLeaseDurationSeconds: 8
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
YAML
}

proxy_config() { # NODE
  cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $DIR/pki/proxy.kubeconfig}
mode: nftables
clusterCIDR: 10.222.0.0/16
hostnameOverride: $1
oomScoreAdj: 0
conntrack: {maxPerCore: 0}
YAML
}
