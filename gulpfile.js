const { execFile } = require('node:child_process');
const { readdir, readFile, rm, writeFile } = require('node:fs/promises');
const path = require('node:path');
const { promisify } = require('node:util');
const { dest, parallel, series, src } = require('gulp');
const { bundle } = require('./tools/bundle');
const { writePriceTable } = require('./tools/priceTable');
const { ASSETS, SOURCES } = require('./tools/sources');

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

async function bundleCode() {
	const inputs = await bundle(SOURCES, { outdir: DIST });
	await writeLicenses(inputs);
}

/** The licences of the bundled packages ask to travel with them. */
async function writeLicenses(inputs) {
	const folders = new Set(
		inputs.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean),
	);
	// Bundled as the table made of it.
	folders.add('node_modules/@pydantic/genai-prices');
	const manifests = await Promise.all(
		[...folders].map(async (folder) => ({
			folder,
			...JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')),
		})),
	);
	// By name and not by folder, which is elsewhere when node_modules is a link.
	manifests.sort((a, b) => (a.name < b.name ? -1 : 1));
	const texts = await Promise.all(
		manifests.map(async ({ folder, name, version, license, author }) => {
			const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
			// @cfworker/json-schema has no such file: then its name and its author have to do.
			const text = file ? await readFile(path.join(folder, file), 'utf8') : `Copyright ${author}`;
			return `${name} ${version} (${license})\n\n${text.trim()}\n`;
		}),
	);
	await writeFile(path.join(DIST, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

function copyAssets() {
	return src(ASSETS, { base: '.' }).pipe(dest('dist'));
}

/** Without the type check: what `npm start` needs. */
exports.bundle = series(parallel(clean, writePriceTable), parallel(bundleCode, copyAssets));
exports.build = parallel(checkTypes, exports.bundle);
