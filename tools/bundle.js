const path = require('node:path');
const { build } = require('esbuild');

const ROOT = path.join(__dirname, '..');
const CLIENT = path.join(ROOT, 'client', 'index.ts');

/**
 * Keeps the file that n8n loads at its start small: what a node needs to run is required when it first runs. The client
 * is a file of its own that all nodes require, so that they share one pacer, one set of connections and one cache: a
 * copy in each node's runtime would have its own.
 */
const whatIsApartStaysApart = (folder) => ({
	name: 'what-is-apart-stays-apart',
	setup({ onResolve, resolve }) {
		onResolve({ filter: /^\.\/runtime$/ }, () => ({ path: './runtime.js', external: true }));
		onResolve({ filter: /\/client$/ }, async ({ path: given, resolveDir, kind, pluginData }) => {
			if (pluginData === 'resolving') return undefined;
			const found = await resolve(given, { resolveDir, kind, pluginData: 'resolving' });
			if (found.path !== CLIENT) return found;
			const shared = path.relative(folder, 'client.js').replaceAll(path.sep, '/');
			return { path: shared, external: true, sideEffects: false };
		});
	},
});

const onlyWhatIsUsedOfUndici = {
	name: 'only-what-is-used-of-undici',
	setup({ onResolve }) {
		onResolve({ filter: /^undici$/ }, () => ({ path: path.join(__dirname, 'undici.js') }));
	},
};

const SETTINGS = {
	bundle: true,
	platform: 'node',
	format: 'cjs',
	target: 'node20.18',
	// Its classes must be the host's own.
	external: ['n8n-workflow'],
	// Turns import() into require(), which finds the runtime without a file extension.
	supported: { 'dynamic-import': false },
	// Names stay, so that a stack trace in a log can be read.
	minifyWhitespace: true,
	minifySyntax: true,
	legalComments: 'none',
	metafile: true,
};

/**
 * What to build of a package: for each node the file that n8n loads and its runtime, the credentials, and the client.
 * n8n forbids runtime dependencies, so undici, zod and the rest go inside.
 *
 * @param {{ nodes: string[], credentials: string[] }} sources paths of the sources below the folder.
 * @param {{ from?: string, outdir: string }} places the folder of the sources, this repository unless given; where to
 * write to.
 * @returns {import('esbuild').BuildOptions[]} for esbuild's `build` and `context`.
 */
function bundles({ nodes, credentials }, { from = ROOT, outdir }) {
	const files = [
		...nodes.flatMap((file) => [file, path.join(path.dirname(file), 'runtime.ts')]),
		...credentials,
	];
	const folders = [...new Set(files.map((file) => path.dirname(file)))];
	return [
		{
			...SETTINGS,
			entryPoints: { client: CLIENT },
			outdir,
			plugins: [onlyWhatIsUsedOfUndici],
		},
		...folders.map((folder) => ({
			...SETTINGS,
			entryPoints: files.filter((file) => path.dirname(file) === folder).map((file) => path.join(from, file)),
			outdir: path.join(outdir, folder),
			plugins: [whatIsApartStaysApart(folder)],
		})),
	];
}

/** Builds a package; the parameters are those of `bundles`. Returns the files that went into it. */
async function bundle(sources, places) {
	const results = await Promise.all(bundles(sources, places).map((options) => build(options)));
	return results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

module.exports = { bundle, bundles };
