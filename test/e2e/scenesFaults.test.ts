import { getExecution, listExecutions } from '../../playground/n8nApi';
import {
	fail,
	ok,
	quotaExhausted,
	wrongKey,
	type Behave,
	type Behaviour,
	type RecordedRequest,
} from '../support/faultServer';
import { until } from '../support/until';
import { runByHand } from './support/examples';
import { figure, lastExecution } from './support/n8n';
import { readJobText, useScene } from './support/scene';

// The same workflows while the API is out of order, or the database refuses what they write.

jest.setTimeout(120_000);

const scene = useScene();

test('in an outage tickets wait for its end, and the run ends with an error', async () => {
	const { session, server, postgres, makeTables, publishSorting, unpublish } = scene;
	await makeTables('sort-tickets');
	// Taken already, so that nothing is asked before the API is out of order.
	await postgres.run(
		"insert into tickets (message, taken_at) values ('Lovely.', now()), ('Not allowed', now()), ('Nice.', now())",
	);
	const workflow = await publishSorting();
	const categories = async () => {
		const rows = await postgres.query<{ category: string }>('select category from tickets order by id');
		return rows.map(({ category }) => category);
	};
	const runWith = async (behave: Behave) => {
		server.behave(behave);
		await postgres.run('update tickets set taken_at = null');
	};
	const told: unknown[] = [];
	const outage = async (behave: Behave) => {
		await runWith(behave);
		const errors = async () =>
			await listExecutions(session, { workflowId: workflow.id, status: ['error'] }, 100);
		await until('the run has failed', async () => (await errors()).length > told.length, 60_000);
		const { data } = await getExecution(session, (await errors())[0]!.id);
		told.push(data.resultData.error?.message);
		return await categories();
	};
	const broken = fail({ status: 500, headers: { 'retry-after-ms': '1' } });
	const refusing = (otherwise: Behaviour) => (request: RecordedRequest) =>
		readJobText(request).includes('Not allowed') ? fail({ status: 400, message: 'No.' }) : otherwise;
	expect(await outage(() => wrongKey())).toEqual([null, null, null]);
	expect(await outage(() => quotaExhausted())).toEqual([null, null, null]);
	expect(await outage(refusing(broken))).toEqual([null, 'Failed', null]);
	await runWith(refusing(ok({ text: '{"category": "Praise"}' })));
	await until('all are sorted', async () => !(await categories()).includes(null!), 60_000);
	expect(await categories()).toEqual(['Praise', 'Failed', 'Praise']);
	await unpublish(workflow);
	expect(told).toEqual([
		expect.stringMatching(/^Not sorted: 3 tickets, which are .* after an hour\. The API refused the key/),
		expect.stringMatching(/^Not sorted: 3 tickets.* no credit left/),
		expect.stringMatching(/^Not sorted: 2 tickets.* The server failed in \d+ attempts/),
	]);
	figure(`outage: ${told[0] as string}`);
});

test('a translation that the table refuses takes no other along, and a refused key ends the run', async () => {
	const { session, server, postgres, importNamed, makeTables } = scene;
	await makeTables('translate-rows');
	await postgres.run(
		"alter table products add check (description_fr <> 'Verboten'), alter description_fr type varchar(30)",
	);
	await postgres.run("insert into products (description) select 'Lamp ' || n from generate_series(1, 20) n");
	const workflow = await importNamed('translate-rows');
	const run = async () => {
		await runByHand(session, workflow);
		const { data } = await lastExecution(session, workflow.id);
		const translated = await postgres.query('select id from products where description_fr is not null');
		const failed = await postgres.query('select product_id as id, reason from failed_translations');
		return { error: data.resultData.error?.message, translated: translated.length, failed };
	};
	server.behave((request) => (request.index < 5 ? ok({ text: 'Lampe', latencyMs: 50 }) : wrongKey()));
	expect(await run()).toEqual({
		error: expect.stringMatching(/^Not translated: 15 rows.* The API refused the key/) as string,
		translated: 5,
		failed: [],
	});
	const odd: Record<string, string> = { 'Lamp 17': 'Verboten', 'Lamp 18': 'très '.repeat(9) };
	server.behave((request) =>
		ok({ text: Object.entries(odd).find(([lamp]) => readJobText(request).includes(lamp))?.[1] ?? 'Lampe' }),
	);
	const mended = await run();
	expect(mended).toEqual({
		error: undefined,
		translated: 18,
		failed: [
			{
				id: 17,
				reason: expect.stringMatching(
					/^The table refused this translation: Verboten\. Failing row contains \(17, Lamp 17, Verboten\)/,
				) as string,
			},
			// PostgreSQL gives no particulars of this one, and its node keeps the message to itself.
			{
				id: 18,
				reason: expect.stringMatching(/^The table refused this translation: très très .*update/) as string,
			},
		],
	});
	figure(`refused by the table: ${JSON.stringify(mended.failed)}`);
});
