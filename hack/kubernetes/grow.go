package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// growVolumes gives volumes the size that their claims came to ask for. What fails is tried again with the resync.
func growVolumes(ctx context.Context, client kubernetes.Interface) {
	factory := informers.NewSharedInformerFactory(client, 10*time.Second)
	informer := factory.Core().V1().PersistentVolumeClaims().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, now any) {
		if err := grow(ctx, client, now.(*core.PersistentVolumeClaim)); err != nil {
			klog.ErrorS(err, "a volume could not grow")
		}
	}})
	if err != nil {
		klog.ErrorS(err, "no claims can be watched: volumes will not grow")
		return
	}
	factory.Start(ctx.Done())
}

func grow(ctx context.Context, client kubernetes.Interface, claim *core.PersistentVolumeClaim) error {
	wanted, has := claim.Spec.Resources.Requests[core.ResourceStorage], claim.Status.Capacity[core.ResourceStorage]
	if claim.Status.Phase != core.ClaimBound || wanted.Cmp(has) <= 0 {
		return nil
	}
	volume, err := client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, meta.GetOptions{})
	if err != nil {
		return err
	}
	if volume.Annotations["pv.kubernetes.io/provisioned-by"] != provisionerName {
		return nil
	}
	if err := setCapacity(ctx, client, volume, wanted); err != nil {
		return err
	}
	claim = claim.DeepCopy()
	claim.Status.Capacity[core.ResourceStorage] = wanted
	_, err = client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, meta.UpdateOptions{})
	return err
}

func setCapacity(ctx context.Context, client kubernetes.Interface, volume *core.PersistentVolume, size resource.Quantity) error {
	if path := volume.Spec.Local.Path; mounted(path) {
		if err := unix.Mount("", path, "", unix.MS_REMOUNT, fmt.Sprintf("size=%d", size.Value())); err != nil {
			return fmt.Errorf("resize %s: %w", path, err)
		}
	}
	volume.Spec.Capacity[core.ResourceStorage] = size
	_, err := client.CoreV1().PersistentVolumes().Update(ctx, volume, meta.UpdateOptions{})
	return err
}
