const { copyFile, mkdir } = require('node:fs/promises');
const path = require('node:path');
const { context } = require('esbuild');
const { bundles } = require('./bundle');
const { ASSETS, SOURCES } = require('./sources');

const ROOT = path.join(__dirname, '..');
/** One save may change several files, and one file may be in several bundles. */
const SETTLED_AFTER_MS = 50;

/**
 * Builds the package into a folder, unpacked as n8n expects it, and again whenever a source or an asset changes.
 *
 * @param {string} folder
 * @param {(problems: string[]) => void} onRebuilt is told of each build but the first, and what was wrong with it.
 * @returns {Promise<{ problems: string[], stop: () => Promise<void> }>} when the first build is done: what was wrong
 * with it, and how to end the watching, which else ends with the process.
 */
async function watchPackage(folder, onRebuilt) {
	await mkdir(folder, { recursive: true });
	await copyFile(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
	const outdir = path.join(folder, 'dist');
	const report = reportTogether(onRebuilt);
	const contexts = await Promise.all(
		[...bundles(SOURCES, { outdir }), assets(outdir)].map((options) =>
			context({
				...options,
				sourcemap: true,
				logLevel: 'silent',
				plugins: [...(options.plugins ?? []), report.plugin()],
			}),
		),
	);
	await Promise.all(contexts.map((one) => one.watch()));
	const stop = async () => {
		await Promise.all(contexts.map((one) => one.dispose()));
	};
	return { problems: await report.first, stop };
}

/** Copies the assets; a file that is added later is found, too. */
const assets = (outdir) => ({
	entryPoints: ASSETS.map((glob) => path.join(ROOT, glob)),
	outbase: ROOT,
	outdir,
	loader: { '.svg': 'copy', '.json': 'copy' },
});

/** Reports the builds of several bundles as one. */
function reportTogether(onRebuilt) {
	/** By bundle; undefined until it is built for the first time. */
	const problems = new Map();
	let timer;
	let tell;
	const first = new Promise((resolve) => (tell = resolve));
	const settled = () => {
		const all = [...problems.values()];
		if (all.includes(undefined)) return;
		tell(all.flat());
		tell = onRebuilt;
	};
	const plugin = () => {
		const bundle = Symbol('bundle');
		problems.set(bundle, undefined);
		return {
			name: 'report',
			setup({ onEnd }) {
				onEnd(({ errors }) => {
					problems.set(bundle, errors.map(problemText));
					clearTimeout(timer);
					timer = setTimeout(settled, SETTLED_AFTER_MS);
				});
			},
		};
	};
	return { plugin, first };
}

const problemText = ({ text, location }) =>
	location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;

module.exports = { watchPackage };
