# One node: containerd, kubelet and kube-proxy with folders, sockets and cgroups of their own.

start_node() {
  local node=$1 at=$DIR/nodes/$1 kube
  kube=$(kube)
  mkdir -p "$at"/{containerd,kubelet,cni,pod-logs} "/run/sitesync-$node"
  make_cgroups "$node"
  write_configs "$node" "$at"
  start "containerd-$node" "ss-$node" containerd --config "$at/containerd.toml"
  await 30 "containerd of $node" test -S "/run/sitesync-$node/containerd.sock"
  start "kubelet-$node" "ss-$node" "$kube" kubelet --config="$at/kubelet.yaml" --kubeconfig="$DIR/pki/kubelet-$node.kubeconfig" \
    --root-dir="$at/kubelet" --cert-dir="$at/kubelet/pki" --hostname-override="$node" --node-ip="10.220.0.${NUMBER[$node]}" --v=1
  start "proxy-$node" "ss-$node" "$kube" kube-proxy --config="$at/proxy.yaml" --v=1
}

# Kubelets that share a root remove each other's pods.
make_cgroups() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup/*/; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy/sitesync-$1"
    if [ -e "$hierarchy/cpuset.cpus" ]; then
      cat "$hierarchy/cpuset.cpus" >"$hierarchy/sitesync-$1/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$hierarchy/sitesync-$1/cpuset.mems"
    fi
  done
}

write_configs() {
  local node=$1 at=$2
  cat >"$at/containerd.toml" <<TOML
version = 2
root = "$at/containerd"
state = "/run/sitesync-$node/state"
oom_score = 0
[grpc]
  address = "/run/sitesync-$node/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  # Lowering a score may be refused, and runc dies then.
  restrict_oom_score_adj = true
  sandbox_image = "localhost/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$at/cni"
TOML
  cat >"$at/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "sitesync-$node", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/sitesync-$node/ipam", "ranges": [[{"subnet": "10.222.${NUMBER[$node]}.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  echo "nameserver $API" >"$at/resolv.conf"
  cat >"$at/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix:///run/sitesync-$node/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /sitesync-$node
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
podLogsDir: $at/pod-logs
clusterDNS: [$DNS]
clusterDomain: cluster.local
resolvConf: $at/resolv.conf
nodeStatusUpdateFrequency: 2s
nodeLeaseDurationSeconds: 8
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
YAML
  cat >"$at/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $DIR/pki/proxy.kubeconfig}
mode: nftables
clusterCIDR: 10.222.0.0/16
hostnameOverride: $node
oomScoreAdj: 0
conntrack: {maxPerCore: 0}
YAML
}
