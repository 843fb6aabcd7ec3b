package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const provisionerName = "sitesync.dev/test-cluster"

// volumes makes and removes the volumes that claims want: directories of the node that the scheduler chose. Those of a
// StorageClass with the parameter medium=memory are file systems of exactly the size asked for, so that they can be full.
type volumes struct{ root string }

func runVolumes(kubeconfig, root string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx := context.Background()
	go growVolumes(ctx, client)
	controller.NewProvisionController(ctx, client, provisionerName, volumes{root}, controller.LeaderElection(false)).Run(ctx)
	return nil
}

func (v volumes) Provision(_ context.Context, wanted controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	size := wanted.PVC.Spec.Resources.Requests[core.ResourceStorage]
	path := filepath.Join(v.root, wanted.SelectedNodeName, wanted.PVName)
	if err := makeVolume(path, wanted.StorageClass.Parameters["medium"] == "memory", size.Value()); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	onNode := core.NodeSelectorTerm{MatchExpressions: []core.NodeSelectorRequirement{{
		Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{wanted.SelectedNodeName},
	}}}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: wanted.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *wanted.StorageClass.ReclaimPolicy,
			AccessModes:                   wanted.PVC.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: size},
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			NodeAffinity: &core.VolumeNodeAffinity{
				Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{onNode}},
			},
		},
	}, controller.ProvisioningFinished, nil
}

func (v volumes) Delete(_ context.Context, volume *core.PersistentVolume) error {
	path := volume.Spec.Local.Path
	if filepath.Dir(filepath.Dir(path)) != v.root {
		return fmt.Errorf("%s is not a volume below %s", path, v.root)
	}
	if mounted(path) {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", path, err)
		}
	}
	return os.RemoveAll(path)
}

func makeVolume(path string, inMemory bool, bytes int64) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	if inMemory {
		if mounted(path) { // An earlier attempt came this far.
			return nil
		}
		return unix.Mount("sitesync-volume", path, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0777", bytes))
	}
	return os.Chmod(path, 0o777)
}

// mounted tells whether path is the root of a file system of its own.
func mounted(path string) bool {
	var here, parent unix.Stat_t
	return unix.Stat(path, &here) == nil && unix.Stat(filepath.Dir(path), &parent) == nil && here.Dev != parent.Dev
}
