import { rm } from 'node:fs/promises';

export default async function globalTeardown(): Promise<void> {
	await globalThis.e2e?.n8n.stop();
	if (globalThis.e2e) await rm(globalThis.e2e.userFolder, { recursive: true, force: true });
}
