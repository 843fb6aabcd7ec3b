import { build } from 'vite';

/**
 * Puts client-node's KubeConfig alone into dist/kube-config.js. The whole package is 25 MB of generated models, which SiteSync
 * does not use: loaded, they take 40 MB of the operator's memory and half a second of each command that talks to a cluster.
 */
await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: 'hack/kube-config/entry.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node22',
    // None of its modules does anything but define: what is not asked for can go.
    rolldownOptions: { treeshake: { moduleSideEffects: false }, output: { entryFileNames: 'kube-config.js' } },
  },
  // What SiteSync depends on itself is in memory anyway.
  ssr: { noExternal: true, external: ['undici', 'openid-client'] },
});
