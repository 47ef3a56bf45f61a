/** What every server process tells the one that started it: its address once, then its counts when asked. */
export function serveParent(url: string, counts: () => object): void {
	process.on('message', () => process.send!(counts()));
	// However the parent ends, no server is left behind.
	process.once('disconnect', () => process.exit());
	process.send!(`${url}/v1`);
}
