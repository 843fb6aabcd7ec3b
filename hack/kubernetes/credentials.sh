# Tokens for all components, so that only the API server needs a certificate.

make_credentials() {
  local pki=$DIR/pki node
  openssl genrsa -out "$pki/sa.key" 2048 2>>"$DIR/logs/openssl.log"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=sitesync-cluster -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>>"$DIR/logs/openssl.log"
  openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout "$pki/api.key" -out "$pki/api.csr" 2>>"$DIR/logs/openssl.log"
  openssl x509 -req -in "$pki/api.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 30 -out "$pki/api.crt" \
    -extfile <(echo "subjectAltName=IP:$API,IP:${SERVICES%.0/16}.1,IP:127.0.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local") 2>>"$DIR/logs/openssl.log"
  install -m 600 /dev/null "$pki/tokens.csv"
  credential admin '"system:masters"' "$DIR/kubeconfig"
  for node in $NODES; do credential "system:node:$node" '"system:nodes"' "$pki/kubelet-$node.kubeconfig"; done
  credential system:kube-proxy '"system:node-proxier"' "$pki/proxy.kubeconfig"
}

credential() { # USER GROUPS FILE
  local token
  token=$(openssl rand -hex 16)
  echo "$token,$1,$1,$2" >>"$DIR/pki/tokens.csv"
  install -m 600 /dev/null "$3"
  cat >"$3" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: sitesync, cluster: {server: 'https://$API:6443', certificate-authority-data: $(base64 -w0 <"$DIR/pki/ca.crt")}}]
users: [{name: user, user: {token: $token}}]
contexts: [{name: sitesync, context: {cluster: sitesync, user: user}}]
current-context: sitesync
YAML
}
