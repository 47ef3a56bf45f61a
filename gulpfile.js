const { execFile } = require('node:child_process');
const { readdir, readFile, rm, writeFile } = require('node:fs/promises');
const path = require('node:path');
const { promisify } = require('node:util');
const { build: bundle } = require('esbuild');
const { dest, parallel, series, src } = require('gulp');
const manifest = require('./package.json');
const { writePriceTable } = require('./tools/priceTable');

const run = promisify(execFile);
const DIST = path.join(__dirname, 'dist');

async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

/** esbuild drops types without looking at them, so the compiler checks them here and writes nothing. */
async function checkTypes() {
	try {
		await run(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--pretty']);
	} catch (error) {
		throw new Error(`The type check failed:\n${error.stdout}`);
	}
}

/** Keeps the file that n8n loads at its start small: what a node needs to run is required when it first runs. */
const runtimeStaysApart = {
	name: 'runtime-stays-apart',
	setup({ onResolve }) {
		onResolve({ filter: /^\.\/runtime$/ }, () => ({ path: './runtime.js', external: true }));
	},
};

const onlyWhatIsUsedOfUndici = {
	name: 'only-what-is-used-of-undici',
	setup({ onResolve }) {
		onResolve({ filter: /^undici$/ }, () => ({ path: path.join(__dirname, 'tools', 'undici.js') }));
	},
};

/**
 * One file per node, per node's runtime and per credential. n8n forbids runtime dependencies, so undici, zod and the rest go inside;
 * n8n-workflow stays outside, because its classes must be the host's own.
 */
async function bundleCode() {
	const [nodes, credentials] = [manifest.n8n.nodes, manifest.n8n.credentials].map((files) =>
		files.map((file) => file.replace(/^dist\//, '').replace(/\.js$/, '.ts')),
	);
	const { metafile } = await bundle({
		entryPoints: [
			...nodes,
			...nodes.map((file) => path.join(path.dirname(file), 'runtime.ts')),
			...credentials,
		],
		outbase: '.',
		outdir: DIST,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20.18',
		external: ['n8n-workflow'],
		plugins: [runtimeStaysApart, onlyWhatIsUsedOfUndici],
		// Turns import() into require(), which finds the runtime without a file extension.
		supported: { 'dynamic-import': false },
		// Names stay, so that a stack trace in somebody's log can be read.
		minifyWhitespace: true,
		minifySyntax: true,
		legalComments: 'none',
		metafile: true,
	});
	await writeLicenses(Object.keys(metafile.inputs));
}

/** The licences of the bundled packages ask to travel with them. */
async function writeLicenses(inputs) {
	const folders = new Set(
		inputs.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean),
	);
	// Bundled as the table made of it.
	folders.add('node_modules/@pydantic/genai-prices');
	const texts = await Promise.all(
		[...folders].sort().map(async (folder) => {
			const { name, version, license, author } = JSON.parse(
				await readFile(path.join(folder, 'package.json'), 'utf8'),
			);
			const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
			// @cfworker/json-schema has no such file: then its name and its author have to do.
			const text = file ? await readFile(path.join(folder, file), 'utf8') : `Copyright ${author}`;
			return `${name} ${version} (${license})\n\n${text.trim()}\n`;
		}),
	);
	await writeFile(path.join(DIST, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

/** Icons, the codex (search words and documentation links of a node) and the previews of its output. */
function copyAssets() {
	return src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { base: '.' }).pipe(
		dest('dist'),
	);
}

/** Without the type check: what `npm start` needs. */
exports.bundle = series(parallel(clean, writePriceTable), parallel(bundleCode, copyAssets));
exports.build = parallel(checkTypes, exports.bundle);
