{{- define "sitesync.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "sitesync.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "sitesync.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "sitesync.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "sitesync.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sitesync.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "sitesync.labels" -}}
{{ include "sitesync.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "sitesync.serviceAccount" -}}
{{- default (include "sitesync.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "sitesync.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}

{{- define "sitesync.databaseImage" -}}
{{- .Values.database.image | default (ternary "docker.io/library/mysql:9.7" "docker.io/library/mariadb:11.8" (eq .Values.database.engine "mysql")) }}
{{- end }}

{{/* Permissions of the operator in every namespace it watches. */}}
{{- define "sitesync.rules" -}}
- apiGroups: [sitesync.dev]
  resources: [sites, hubs, syncfolders]
  verbs: [get, list, watch]
- apiGroups: [sitesync.dev]
  resources: [sites/status, hubs/status, syncfolders/status]
  verbs: [get, patch]
# Required for owner references with blockOwnerDeletion.
- apiGroups: [sitesync.dev]
  resources: [sites/finalizers]
  verbs: [update]
- apiGroups: ['']
  resources: [configmaps, secrets, services, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, create, patch]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies, ingresses]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
