import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pacerFor } from '../../../client/pacing/pacers';
import type { Pacer } from '../../../client/pacing/pacer';
import { VirtualClock } from '../../support/virtualClock';

const request = () => ({ run: { waiting: 0 }, bytes: 36, maxWaitMs: 120_000 });

test('calls of the same account to the same model share a pacer, others do not', () => {
	const clock = new VirtualClock();
	const pacer = pacerFor('one', 'a', clock);
	expect(pacerFor('one', 'a', clock)).toBe(pacer);
	expect(pacerFor('other', 'a', clock)).not.toBe(pacer);
	expect(pacerFor('one', 'b', clock)).not.toBe(pacer);
	expect(pacerFor('one', 'a', clock)).toBe(pacer);
});

describe('of many keys', () => {
	const clock = new VirtualClock();
	/** Uses the key once. */
	async function use(key: string): Promise<Pacer> {
		const pacer = pacerFor(key, 'a', clock);
		(await pacer.acquire(request())).release({ kind: 'answered' });
		return pacer;
	}
	async function useMany(name: string, count: number): Promise<Array<WeakRef<Pacer>>> {
		const used = [];
		for (let i = 0; i < count; i++) used.push(new WeakRef(await use(`${name}-${i}`)));
		return used;
	}
	setFlagsFromString('--expose-gc');
	const collectGarbage = runInNewContext('gc') as () => void;
	async function alive(pacers: Array<WeakRef<Pacer>>): Promise<number> {
		// What was looked at stays until the next turn.
		await new Promise(setImmediate);
		collectGarbage();
		return pacers.filter((ref) => ref.deref()).length;
	}

	test('the pacers of the five hundred keys used last are kept', async () => {
		const pacers = await useMany('many', 10_000);
		expect(await alive(pacers)).toBe(500);
		expect(await alive(pacers.slice(-500))).toBe(500);
	});

	test('a pacer that is used again and again is kept', async () => {
		const pacer = await use('often');
		for (let i = 0; i < 4; i++) {
			await useMany(`often-${i}`, 400);
			expect(await use('often')).toBe(pacer);
		}
	});

	test('a pacer that is busy is kept: sending, waiting or paused', async () => {
		const names = ['sending', 'waiting', 'paused'];
		const all = () => names.map((name) => pacerFor(name, 'a', clock));
		const busy = all();
		const kept = () => all().map((pacer, i) => pacer === busy[i]);
		const [sending, waiting, paused] = busy as [Pacer, Pacer, Pacer];
		const sent = await sending.acquire(request());
		(await waiting.acquire({ ...request(), requestsPerMinute: 1 })).release({ kind: 'answered' });
		const turn = waiting.acquire({ ...request(), requestsPerMinute: 1 });
		(await paused.acquire(request())).release({ kind: 'rate_limited', waitMs: 60_000 });
		await useMany('besides', 1000);
		expect(kept()).toEqual([true, true, true]);

		sent.release({ kind: 'answered' });
		(await clock.runUntil(turn)).release({ kind: 'answered' });
		await useMany('later', 1000);
		expect(kept()).toEqual([false, false, false]);
	});
});
