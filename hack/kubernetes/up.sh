# Starts everything in order of dependency.
. "$here/down.sh"
. "$here/images.sh"
. "$here/credentials.sh"

cluster_up() {
  if [ -e "$RUN/api.pid" ]; then
    if mend; then echo "$DIR/kubeconfig" && return; fi
    echo 'The cluster is beyond mending: starting a new one' >&2
  fi
  needs_programs
  local kube node
  kube=$(kube)
  cluster_down
  mkdir -p "$DIR"/{logs,pki,volumes} "$RUN"
  pause_image
  make_network
  make_credentials
  start etcd "$NET-control" "$kube" etcd --data-dir="$DIR/etcd" --unsafe-no-fsync --log-level=warn
  start_api
  start controllers "$NET-control" "$kube" kube-controller-manager --kubeconfig="$DIR/kubeconfig" \
    --root-ca-file="$DIR/pki/ca.crt" --service-account-private-key-file="$DIR/pki/sa.key" --use-service-account-credentials=false \
    --node-monitor-grace-period=8s --node-monitor-period=2s --leader-elect=false --authorization-always-allow-paths='*'
  start scheduler "$NET-control" "$kube" kube-scheduler --kubeconfig="$DIR/kubeconfig" --leader-elect=false --authorization-always-allow-paths='*'
  start volumes "$NET-control" "$kube" volumes "$DIR/kubeconfig" "$DIR/volumes"
  for node in $NODES; do start_node "$node"; done
  start_dns
  kubectl apply -f "$here/storage.yaml" >/dev/null
  await 60 'all nodes to be ready' nodes_ready
  await 20 'DNS to be ready' curl -fsS "http://$API:8181/ready"
  touch "$RUN/whole"
  echo "$DIR/kubeconfig"
}

nodes_ready() { [ "$(kubectl get nodes --no-headers | grep -cw Ready)" = "$(wc -w <<<"$NODES")" ]; }

# Reconnects nodes that were cut off. Fails when a process is gone, or an earlier start was interrupted.
mend() {
  local file node
  [ -e "$RUN/whole" ] || return 1
  for file in "$RUN"/*.pid; do runs "$file" || return 1; done
  for node in $NODES; do connect_node "$node"; done
  await 30 'all nodes to be ready' nodes_ready
}

needs_programs() {
  local why
  why=$(bash "$here/possible") || { echo "$why" >&2; return 1; }
}

start_api() {
  start api "$NET-control" "$(kube)" kube-apiserver --etcd-servers=http://127.0.0.1:2379 --advertise-address="$API" --bind-address=0.0.0.0 \
    --secure-port=6443 --tls-cert-file="$DIR/pki/api.crt" --tls-private-key-file="$DIR/pki/api.key" --cert-dir="$DIR/pki" \
    --token-auth-file="$DIR/pki/tokens.csv" --authorization-mode=Node,RBAC --service-cluster-ip-range="$SERVICES" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$DIR/pki/sa.key" \
    --service-account-signing-key-file="$DIR/pki/sa.key" --kubelet-preferred-address-types=InternalIP \
    --default-unreachable-toleration-seconds=5 --default-not-ready-toleration-seconds=5 \
    --audit-log-path="$DIR/logs/audit.log" --audit-policy-file="$here/audit.yaml" --v=1
  await 60 'the API server to be ready' kubectl get --raw /readyz
}

start_dns() {
  sed "s|API|$API|; s|KUBECONFIG|$DIR/kubeconfig|" "$here/Corefile" >"$DIR/Corefile"
  start dns "$NET-control" "$(kube)" coredns -conf "$DIR/Corefile"
  sed "s|CLUSTER_IP|$DNS|; s|API|$API|" "$here/dns.yaml" | kubectl apply -f - >/dev/null
}
