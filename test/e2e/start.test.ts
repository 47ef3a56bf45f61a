import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { hostPaths } from '../../playground/n8nHost';

jest.setTimeout(300_000);

/** Processes of any n8n that the playground started. */
const n8nProcesses = () =>
	execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
		.split('\n')
		.filter((args) => args.includes(hostPaths().folder)).length;

test('npm start -- --once prints the reply as JSON, exits 0 and leaves nothing running', async () => {
	const runningBefore = n8nProcesses();
	const start = spawn('npm', ['start', '--silent', '--', '--once'], {
		cwd: path.join(__dirname, '../..'),
		env: { ...process.env, OPENAI_API_KEY: '' },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stdout = '';
	let stderr = '';
	start.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
	start.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
	const [exitCode] = (await once(start, 'close')) as [number];
	// The steps it reports are what to look at if the code is not 0.
	expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
	expect(JSON.parse(stdout)).toMatchObject({
		text: expect.stringContaining('n8n'),
		finishReason: 'stop',
		usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
		attempts: 1,
	});
	expect(n8nProcesses()).toBe(runningBefore);
});
