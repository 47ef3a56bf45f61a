import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../support/until';

jest.setTimeout(300_000);

/** Processes working below a folder; Linux only, as the browser tests are. */
function processesIn(folder: string): string[] {
	return readdirSync('/proc')
		.filter((pid) => /^\d+$/.test(pid))
		.filter((pid) => {
			try {
				return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
			} catch {
				return false;
			}
		});
}

test('npm start -- --once prints the reply as JSON, exits 0 and leaves nothing behind', async () => {
	const scratch = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-chatgpt-start-'));
	const start = spawn('npm', ['start', '--silent', '--', '--once'], {
		cwd: path.join(__dirname, '../..'),
		// Its n8n lives in a temporary folder, which is where to look for it.
		env: { ...process.env, TMPDIR: scratch, OPENAI_API_KEY: '' },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stdout = '';
	let stderr = '';
	let mostProcesses = 0;
	start.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
	start.stderr.on('data', (chunk: Buffer) => {
		stderr += chunk.toString();
		mostProcesses = Math.max(mostProcesses, processesIn(scratch).length);
	});
	const [exitCode] = (await once(start, 'close')) as [number];
	// The steps it reports are what to look at if the code is not 0.
	expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
	expect(JSON.parse(stdout)).toMatchObject({
		text: expect.stringContaining('n8n'),
		finishReason: 'stop',
		usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
		attempts: 1,
	});
	expect(mostProcesses).toBeGreaterThan(0);
	// One that was killed goes a moment later.
	await until('its processes are gone', () => processesIn(scratch).length === 0, 60_000);
	expect(readdirSync(scratch).filter((name) => name.startsWith('n8n-nodes-chatgpt'))).toEqual([]);
	rmSync(scratch, { recursive: true });
});
