import { untilAborted } from '../../../client/core/abort';

test('a promise that fails after its caller was cancelled is not left unhandled', async () => {
	const unhandled = jest.fn();
	process.on('unhandledRejection', unhandled);
	const cancelled = AbortSignal.abort(new Error('Cancelled'));
	await expect(untilAborted(Promise.reject(new Error('Too late')), cancelled)).rejects.toThrow('Cancelled');
	// Node tells of unhandled rejections when the microtasks are done.
	await new Promise((resolve) => setImmediate(resolve));
	process.off('unhandledRejection', unhandled);
	expect(unhandled).not.toHaveBeenCalled();
});
