import { systemClock } from '../../../client/core/clock';

test('sleep ends by itself', async () => {
	await expect(systemClock.sleep(30)).resolves.toBeUndefined();
});

test('sleep ends at once when the signal aborts, with its reason', async () => {
	const controller = new AbortController();
	const reason = new Error('stopped by the user');
	const sleep = systemClock.sleep(60_000, controller.signal);
	setImmediate(() => controller.abort(reason));
	await expect(sleep).rejects.toBe(reason);
});

test('sleep does not begin when the signal has aborted before', async () => {
	await expect(systemClock.sleep(60_000, AbortSignal.abort('no'))).rejects.toBe('no');
});
