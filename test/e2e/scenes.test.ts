import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { listExecutions } from '../../playground/n8nApi';
import { callingTools, fail, ok } from '../support/faultServer';
import { until } from '../support/until';
import { joinText, readAllLines } from './support/callerLines';
import { publishExample, runByHand } from './support/examples';
import { figure, lastExecution, post } from './support/n8n';
import { readJobText, useScene } from './support/scene';

// What users build, from the files that they import, with a real PostgreSQL and a real SMTP server.

jest.setTimeout(120_000);

const scene = useScene();

test('an order in a letter becomes a row, and a letter without one does not', async () => {
	const { session, server, postgres, importNamed, makeTables } = scene;
	await makeTables('extract-to-postgres');
	const nothing = { customer: null, product: null, quantity: null, wantedBy: null };
	const orders = [
		{ customer: 'Ada Example', product: 'Lamp Aurora', quantity: 2, wantedBy: '2026-12-01' },
		{ ...nothing, customer: `Zoë "$1" d'Example`, product: "Lamp 'Dusk'; drop table orders" },
		nothing,
	];
	server.behave((request) =>
		ok({ text: JSON.stringify(orders[Number(/Letter (\d)/.exec(readJobText(request))![1])]) }),
	);
	const url = await publishExample(session, await importNamed('extract-to-postgres'));
	const answers: unknown[] = [];
	for (const letter of orders.keys()) {
		const response = await post(url, { text: `Letter ${letter}` });
		answers.push([response.status, await response.json()]);
	}
	const kept = [200, expect.objectContaining({ id: expect.any(Number) as number })];
	expect(answers).toEqual([kept, kept, [200, { order: false }]]);
	const rows = await postgres.query(
		'select customer, product, quantity, wanted_by as "wantedBy" from orders order by id',
	);
	expect(rows).toEqual(orders.slice(0, 2));
	figure(`order: ${JSON.stringify(rows[0])}`);
});

test('new tickets are sorted on schedule, and about urgent ones an e-mail is sent', async () => {
	const { session, server, postgres, smtp, makeTables, publishSorting, unpublish } = scene;
	await makeTables('sort-tickets');
	const messages = [
		'The lamp is smoking!',
		'When do you open, $1 or "2"?',
		'Lovely shop, thanks.',
		'My kitchen burns!',
	];
	for (const message of [...messages, 'Not allowed']) {
		await postgres.run(`insert into tickets (message) values ('${message}')`);
	}
	server.behave((request) => {
		const text = readJobText(request);
		if (text.includes('Not allowed')) return fail({ status: 400, message: 'No.' });
		const category = /smoking|burns/.test(text) ? 'Urgent' : text.includes('?') ? 'Question' : 'Praise';
		return ok({ text: JSON.stringify({ category }) });
	});
	const workflow = await publishSorting();
	const unsorted = async () => (await postgres.query('select id from tickets where category is null')).length;
	const notified = async () => (await postgres.query('select id from tickets where notified')).length;
	await until(
		'all are sorted, but for the one whose e-mail is refused',
		async () => (await unsorted()) === 1 && (await notified()) === 1,
		60_000,
	);
	const rows = await postgres.query('select message, category, notified from tickets order by id');
	expect(rows).toEqual([
		{ message: messages[0], category: 'Urgent', notified: true },
		{ message: messages[1], category: 'Question', notified: false },
		{ message: messages[2], category: 'Praise', notified: false },
		// Taken again after an hour.
		{ message: messages[3], category: null, notified: false },
		{ message: 'Not allowed', category: 'Failed', notified: false },
	]);
	expect(smtp.mails.map(({ to }) => to)).toEqual([['duty@example.com']]);
	const [mail] = smtp.mails;
	expect(mail!.from).toBe('tickets@example.com');
	expect(mail!.source).toContain('Subject: Urgent ticket 1');
	expect(mail!.source).toContain('The lamp is smoking!');
	// Neither those that are sorted nor those that are taken are asked about again.
	const ended = async () =>
		(await listExecutions(session, { workflowId: workflow.id, status: ['success'] }, 100)).length;
	const before = await ended();
	await until('the schedule has come again', async () => (await ended()) > before, 60_000);
	await unpublish(workflow);
	expect(server.requests).toHaveLength(5);
	figure(`tickets: ${JSON.stringify(rows[0])}; e-mail: ${JSON.stringify(mail!.source.slice(0, 400))}`);
});

test('a customer is remembered, and reads the answer while it is written', async () => {
	const { session, server, postgres, importNamed } = scene;
	const url = await publishExample(session, await importNamed('customer-service'));
	const sessionId = randomUUID();
	const say = async (chatInput: string) =>
		joinText(await readAllLines(url, { action: 'sendMessage', sessionId, chatInput }));
	const page = await (await fetch(url)).text();
	expect(page).toContain('Welcome to our shop for lamps!');
	expect(page).not.toContain('Nathan');
	expect(await say('I am Ada.')).toBe('Reply to: I am Ada.');
	await say('Who am I?');
	expect(
		(server.lastRequest().body.messages as Array<{ content: string }>).map(({ content }) => content),
	).toEqual([expect.stringContaining('shop for lamps'), 'I am Ada.', 'Reply to: I am Ada.', 'Who am I?']);
	expect(server.requests.every(({ body }) => body.stream)).toBe(true);
	const rows = await postgres.query<{ session_id: string }>('select session_id, message from customer_chats');
	expect(rows.map((row) => row.session_id)).toEqual([sessionId, sessionId, sessionId, sessionId]);
	figure(`chat: ${JSON.stringify(rows[3])}`);
});

test('500 rows are translated, and those that fail go to a second table', async () => {
	const { session, server, postgres, importNamed, makeTables } = scene;
	await makeTables('translate-rows');
	await postgres.run(
		"insert into products (description) select 'Lamp number ' || n || ', \"it''s $1\"' from generate_series(1, 500) n",
	);
	await postgres.run("insert into products (description) values (null), (''), ('  ')");
	server.behave((request) => {
		const [, number] = /Lamp number (\d+)/.exec(readJobText(request))!;
		if (Number(number) % 100 === 0) return fail({ status: 400, message: 'This text is not allowed.' });
		if (Number(number) % 7 === 0 && request.attempt === 1) return fail({ status: 503 });
		return ok({ text: `Lampe numéro ${number}, "c'est $1"`, latencyMs: 20 });
	});
	const workflow = await importNamed('translate-rows');
	await runByHand(session, workflow);
	const { data } = await lastExecution(session, workflow.id);
	expect(data.resultData.error).toBeUndefined();
	const [counts] = await postgres.query<IDataObject>(
		"select count(*) filter (where description_fr = 'Lampe numéro ' || id || ', \"c''est $1\"') as translated, count(*) filter (where description_fr is null) as open from products",
	);
	// Five that fail, and three without a text.
	expect(counts).toEqual({ translated: 495, open: 8 });
	const failed = await postgres.query<{ product_id: number; reason: string }>(
		'select product_id, reason from failed_translations order by product_id',
	);
	expect(failed.map((row) => row.product_id)).toEqual([100, 200, 300, 400, 500]);
	figure(`translations: ${JSON.stringify(counts)}; failed: ${JSON.stringify(failed[0])}`);
});

test('an AI Agent has ChatGPT translate for it', async () => {
	const { session, server, importNamed } = scene;
	server.behave((request) => {
		const { tools, messages } = request.body as {
			tools?: unknown;
			messages: Array<{ role: string; content: string }>;
		};
		if (!tools) return ok({ text: readJobText(request).includes('Hello') ? 'Bonjour' : 'What?' });
		const said = messages.find(({ role }) => role === 'tool');
		if (said) return ok({ text: `In French: ${said.content}` });
		return callingTools([['Translator', { text: 'Hello' }]]);
	});
	const url = await publishExample(session, await importNamed('agent-with-expert'));
	const answer = await (await post(url, { question: 'Hello in French?' })).text();
	expect(answer).toContain('In French:');
	expect(answer).toContain('Bonjour');
	figure(`agent: ${answer}`);
});
