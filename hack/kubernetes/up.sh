# Starts everything, in the order in which each needs the other.
. "$here/kubernetes/network.sh"
. "$here/kubernetes/node.sh"

cluster_up() {
  if [ -e "$DIR/run/api.pid" ] && kubectl get --raw /readyz >/dev/null 2>&1; then
    echo "$DIR/kubeconfig"
    return
  fi
  local kube node
  kube=$(kube)
  . "$here/kubernetes/down.sh"
  cluster_down
  mkdir -p "$DIR"/{run,logs,pki}
  make_network
  make_credentials
  start etcd ss-control "$kube" etcd --data-dir="$DIR/etcd" --unsafe-no-fsync --log-level=warn
  start_api
  start controllers ss-control "$kube" kube-controller-manager --kubeconfig="$DIR/kubeconfig" \
    --root-ca-file="$DIR/pki/ca.crt" --service-account-private-key-file="$DIR/pki/sa.key" --use-service-account-credentials=false \
    --node-monitor-grace-period=8s --node-monitor-period=2s --leader-elect=false --authorization-always-allow-paths='*'
  start scheduler ss-control "$kube" kube-scheduler --kubeconfig="$DIR/kubeconfig" --leader-elect=false --authorization-always-allow-paths='*'
  for node in $NODES; do start_node "$node"; done
  start_dns
  for node in $NODES; do await 90 "node $node to be ready" node_ready "$node"; done
  make_volumes
  echo "$DIR/kubeconfig"
}

node_ready() { kubectl wait --for=condition=Ready "node/$1" --timeout=1s; }

start_api() {
  start api ss-control "$(kube)" kube-apiserver --etcd-servers=http://127.0.0.1:2379 --advertise-address=$API --bind-address=0.0.0.0 \
    --secure-port=6443 --tls-cert-file="$DIR/pki/api.crt" --tls-private-key-file="$DIR/pki/api.key" --cert-dir="$DIR/pki" \
    --token-auth-file="$DIR/pki/tokens.csv" --authorization-mode=Node,RBAC --service-cluster-ip-range=$SERVICES \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$DIR/pki/sa.key" \
    --service-account-signing-key-file="$DIR/pki/sa.key" --kubelet-preferred-address-types=InternalIP \
    --default-unreachable-toleration-seconds=5 --default-not-ready-toleration-seconds=5 \
    --audit-log-path="$DIR/logs/audit.log" --audit-policy-file="$here/kubernetes/audit.yaml" --v=1
  await 60 'the API server to be ready' kubectl get --raw /readyz
}

# Tokens for everybody, so that only the server needs a certificate.
make_credentials() {
  local pki=$DIR/pki node
  openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sitesync-cluster -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout "$pki/api.key" -out "$pki/api.csr" 2>/dev/null
  openssl x509 -req -in "$pki/api.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 30 -out "$pki/api.crt" \
    -extfile <(echo "subjectAltName=IP:$API,IP:10.221.0.1,IP:127.0.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local") 2>/dev/null
  umask 077
  : >"$pki/tokens.csv"
  credential admin admin '"system:masters"' "$DIR/kubeconfig"
  for node in $NODES; do
    credential "system:node:$node" "node-$node" '"system:nodes"' "$pki/kubelet-$node.kubeconfig"
  done
  credential system:kube-proxy proxy '"system:node-proxier"' "$pki/proxy.kubeconfig"
  umask 022
}

credential() { # USER UID GROUPS FILE
  local token
  token=$(openssl rand -hex 16)
  echo "$token,$1,$2,$3" >>"$DIR/pki/tokens.csv"
  cat >"$4" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: sitesync, cluster: {server: 'https://$API:6443', certificate-authority-data: $(base64 -w0 <"$DIR/pki/ca.crt")}}]
users: [{name: user, user: {token: $token}}]
contexts: [{name: sitesync, context: {cluster: sitesync, user: user}}]
current-context: sitesync
YAML
}

start_dns() {
  cat >"$DIR/Corefile" <<CORE
.:53 {
  errors
  ready $API:8181
  kubernetes cluster.local in-addr.arpa { kubeconfig $DIR/kubeconfig }
  cache 5
}
CORE
  sed -i 's/{ kubeconfig \(.*\) }/{\n    kubeconfig \1\n  }/' "$DIR/Corefile"
  start dns ss-control "$(kube)" coredns -conf "$DIR/Corefile"
  kubectl apply -f - >/dev/null <<YAML
{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIP: $DNS, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kube-dns, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}, addressType: IPv4, endpoints: [{addresses: [$API], conditions: {ready: true}}], ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}
YAML
}

# A dozen volumes on each node for claims of the default class; nothing here provides them by itself.
make_volumes() {
  local node i
  {
    echo '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer}'
    for node in $NODES; do
      for i in {1..12}; do
        mkdir -p -m 777 "$DIR/volumes/$node/$i"
        echo "---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: $node-$i}, spec: {capacity: {storage: 20Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, storageClassName: standard, local: {path: $DIR/volumes/$node/$i}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node]}]}]}}}}"
      done
    done
  } | kubectl apply -f - >/dev/null
}
