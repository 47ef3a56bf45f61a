// What `npm start` and `npm run dev` run. Plain JavaScript, because before `npm install` there is nothing to run TypeScript with.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

// npm writes this file last, so an interrupted install is finished here rather than found out later.
if (!existsSync(`${root}node_modules/.package-lock.json`)) {
	console.error('Installing the development dependencies (npm install, about a minute)');
	// Standard output is kept for the reply, hence 2 where `inherit` would be usual.
	const { status } = spawnSync('npm', ['install', '--include=dev'], { cwd: root, stdio: ['inherit', 2, 2] });
	if (status !== 0) {
		console.error('✗ npm install failed: see its messages above, put that right and run npm start again.');
		process.exit(1);
	}
}

// An npm that is killed outright tells nobody.
if (process.env.npm_lifecycle_event !== undefined) await import('./exitWithParent.cjs');

// In this process, not a child of it: one process gets Ctrl-C, and it is the one that knows what to stop.
const tsx = await import('tsx/cjs/api');
const { main } = tsx.require('./main.ts', import.meta.url);
const { values } = parseArgs({
	options: {
		// Stop after the first reply.
		once: { type: 'boolean', default: false },
		// Build again when a source changes, and have n8n load that.
		dev: { type: 'boolean', default: false },
		// Have n8n listen for a debugger.
		inspect: { type: 'boolean', default: false },
	},
});
const { watchPackage } = values.dev ? await import('../tools/watch.js') : {};
await main({ ...values, watchPackage });
