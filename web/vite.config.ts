import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** `npm run dev:mock`: the API answered by web/mock, no Rust server needed. */
const mockApi = (): Plugin => ({
  name: 'confect-mock-api',
  async configureServer(server) {
    const file = './mock/api.mjs';
    const { handler } = await import(/* @vite-ignore */ new URL(file, import.meta.url).href);
    server.middlewares.use(handler);
  },
});

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte(), ...(mode === 'mock' ? [mockApi()] : [])],
  build: {
    target: 'es2022',
    // Newer CSS targets, so that light-dark() is not lowered into something larger.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        // Stable names: the server puts a hash of the whole build in front of them.
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // The pieces that pages with code of their own share, in one file: together they compress to half.
        advancedChunks: { includeDependenciesRecursively: false, groups: [{ name: 'kit', test: /src\/lib\/(customers\/|ui\/(Gap|Legend|Share|Stat|Seg|Section|Search|Sheet|Pill|Ticks|CustomerLink)\.|charts\/(Lines|lines|heat))/ }] },
      },
    },
  },
  server: { proxy: mode === 'mock' ? {} : { '/api': 'http://127.0.0.1:8080', '/sign-in': 'http://127.0.0.1:8080' } },
}));
