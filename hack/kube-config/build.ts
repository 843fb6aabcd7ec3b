import { build } from 'vite';

/**
 * Bundles client-node's KubeConfig alone into dist/kube-config.js. The whole package is 25 MB of generated models that
 * SiteSync does not use: loaded, they take 40 MB of the operator's memory and half a second of each command that talks to a
 * cluster.
 */
await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: 'hack/kube-config/entry.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node22',
    // Its modules have no side effects, so unused ones can be dropped.
    rolldownOptions: { treeshake: { moduleSideEffects: false }, output: { entryFileNames: 'kube-config.js' } },
  },
  // SiteSync's own dependencies are in memory anyway.
  ssr: { noExternal: true, external: ['undici', 'openid-client'] },
});
