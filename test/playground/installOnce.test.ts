import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installOnce } from '../../playground/installOnce';
import type { Report } from '../../playground/report';

let scratch: string;
let folder: string;
let stepNames: string[];
let report: Report;
beforeEach(() => {
	scratch = mkdtempSync(join(tmpdir(), 'install-once-'));
	folder = join(scratch, 'host');
	stepNames = [];
	report = {
		note: () => {},
		step: async (name, work) => {
			stepNames.push(name);
			return await work();
		},
		end: () => {},
	};
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** Runs "download" and "build", each of which leaves a file; `interrupted` leaves half of it and fails. */
async function install({ version = 1, interrupted }: { version?: number; interrupted?: string } = {}) {
	const steps = ['download', 'build'].map((name) => ({
		name,
		advice: '',
		run: async () => {
			appendFileSync(join(scratch, 'runs'), `${name} ${version}\n`);
			await sleep(20);
			if (name === interrupted) {
				writeFileSync(join(folder, `half a ${name}`), '');
				throw new Error('Interrupted');
			}
			writeFileSync(join(folder, name), '');
		},
	}));
	await installOnce({ folder, manifest: { version }, steps, report });
}
const runs = () => readFileSync(join(scratch, 'runs'), 'utf8').trimEnd().split('\n');

test('installOnce runs every step once and leaves the manifest', async () => {
	await install();
	expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toEqual({ version: 1 });
	await install();
	expect(runs()).toEqual(['download 1', 'build 1']);
	expect(stepNames).toEqual(['download', 'build']);
	expect(existsSync(`${folder}.lock`)).toBe(false);
});

test('installOnce goes on with the step that was interrupted', async () => {
	await expect(install({ interrupted: 'build' })).rejects.toThrow('Interrupted');
	await install();
	expect(runs()).toEqual(['download 1', 'build 1', 'build 1']);
	expect(existsSync(join(folder, 'half a build'))).toBe(true);
});

test('installOnce throws away what an interrupted first step has left', async () => {
	await expect(install({ interrupted: 'download' })).rejects.toThrow('Interrupted');
	await install();
	expect(runs()).toEqual(['download 1', 'download 1', 'build 1']);
	expect(existsSync(join(folder, 'half a download'))).toBe(false);
});

test('installOnce starts afresh when the manifest has changed', async () => {
	await install();
	writeFileSync(join(folder, 'old'), '');
	await install({ version: 2 });
	expect(runs()).toEqual(['download 1', 'build 1', 'download 2', 'build 2']);
	expect(existsSync(join(folder, 'old'))).toBe(false);
});

test('installOnce lets the second of two at a time wait, visibly, and install nothing', async () => {
	await Promise.all([install(), install()]);
	expect(runs()).toEqual(['download 1', 'build 1']);
	expect(stepNames).toContain(`Wait for another start to install in ${folder}`);
});
