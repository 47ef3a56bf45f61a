import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import {
	call,
	createCredential,
	getExecution,
	listExecutions,
	publishWorkflow,
	type Credential,
	type Session,
	type Workflow,
} from '../../playground/n8nApi';
import {
	callingTools,
	fail,
	ok,
	quotaExhausted,
	startFaultServer,
	wrongKey,
	type Behave,
	type Behaviour,
	type FaultServer,
	type RecordedRequest,
} from '../support/faultServer';
import { until } from '../support/until';
import { allLines } from './support/callerLines';
import { importExample, publishExample, readExample, runByHand } from './support/examples';
import { chatGptCredential, figure, lastExecution, post, signInToN8n } from './support/n8n';
import { startPostgres, type Postgres } from './support/postgres';
import { startSmtp, type Smtp } from './support/smtp';

// What users build, from the files that they import, with a real PostgreSQL and a real SMTP server.

jest.setTimeout(120_000);

let server: FaultServer;
let postgres: Postgres;
let smtp: Smtp;
let session: Session;
let credentials: Credential[];
beforeAll(async () => {
	server = await startFaultServer();
	postgres = await startPostgres();
	smtp = await startSmtp({ refusing: 'kitchen' });
	session = signInToN8n();
	const named = (type: string, data: object) => ({
		name: `${type} ${randomUUID()}`,
		type,
		data: { ...data },
	});
	credentials = [
		await chatGptCredential(session, { baseUrl: server.baseUrl }),
		await createCredential(session, named('postgres', postgres.credential)),
		await createCredential(session, named('smtp', smtp.credential)),
		await createCredential(
			session,
			named('openAiApi', { apiKey: 'sk-agent-model', url: server.baseUrl, header: false }),
		),
	];
});
beforeEach(() => {
	server.reset();
	server.behave(() => ok());
});
afterAll(async () => {
	await smtp?.stop();
	await postgres?.stop();
	await server.close();
});

const importNamed = async (name: string) => await importExample(session, readExample(name), credentials);

/** The text that a ready job was given. */
function textIn({ body }: RecordedRequest): string {
	return (body.messages as Array<{ content: string }>).at(-1)!.content;
}

/** The tables that the note of an example asks for, empty. */
async function makeTables(name: string): Promise<void> {
	const notes = JSON.stringify(readExample(name).nodes.map(({ parameters }) => parameters.content));
	for (const [, sql, table] of notes.matchAll(/`(create table (\w+) [^`]+)`/g)) {
		await postgres.run(`drop table if exists ${table}`);
		await postgres.run(sql!);
	}
}

test('an order in a letter becomes a row, and a letter without one does not', async () => {
	await makeTables('extract-to-postgres');
	const nothing = { customer: null, product: null, quantity: null, wantedBy: null };
	const orders = [
		{ customer: 'Ada Example', product: 'Lamp Aurora', quantity: 2, wantedBy: '2026-12-01' },
		{ ...nothing, customer: `Zoë "$1" d'Example`, product: "Lamp 'Dusk'; drop table orders" },
		nothing,
	];
	server.behave((request) =>
		ok({ text: JSON.stringify(orders[Number(/Letter (\d)/.exec(textIn(request))![1])]) }),
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

/** The example, asking every other second instead of every ten minutes. */
async function publishSorting(): Promise<Workflow> {
	const example = readExample('sort-tickets');
	const schedule = example.nodes.find(({ type }) => type.endsWith('scheduleTrigger'))!;
	schedule.parameters = { rule: { interval: [{ field: 'seconds', secondsInterval: 2 }] } };
	const workflow = await importExample(session, example, credentials);
	await publishWorkflow(session, workflow);
	return workflow;
}

const unpublish = async ({ id }: Workflow) => await call(session, 'POST', `/workflows/${id}/deactivate`);

test('new tickets are sorted on schedule, and about urgent ones an e-mail is sent', async () => {
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
		const text = textIn(request);
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
		20_000,
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
	await until('the schedule has come again', async () => (await ended()) > before);
	await unpublish(workflow);
	expect(server.requests).toHaveLength(5);
	figure(`tickets: ${JSON.stringify(rows[0])}; e-mail: ${JSON.stringify(mail!.source.slice(0, 400))}`);
});

test('in an outage tickets wait for its end, and the run ends with an error', async () => {
	await makeTables('sort-tickets');
	await postgres.run("insert into tickets (message) values ('Lovely.'), ('Not allowed'), ('Nice.')");
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
		await until('the run has failed', async () => (await errors()).length > told.length, 20_000);
		const { data } = await getExecution(session, (await errors())[0]!.id);
		told.push(data.resultData.error?.message);
		return await categories();
	};
	const broken = fail({ status: 500, headers: { 'retry-after-ms': '1' } });
	const refusing = (otherwise: Behaviour) => (request: RecordedRequest) =>
		textIn(request).includes('Not allowed') ? fail({ status: 400, message: 'No.' }) : otherwise;
	expect(await outage(() => wrongKey())).toEqual([null, null, null]);
	expect(await outage(() => quotaExhausted())).toEqual([null, null, null]);
	expect(await outage(refusing(broken))).toEqual([null, 'Failed', null]);
	await runWith(refusing(ok({ text: '{"category": "Praise"}' })));
	await until('all are sorted', async () => !(await categories()).includes(null!), 20_000);
	expect(await categories()).toEqual(['Praise', 'Failed', 'Praise']);
	await unpublish(workflow);
	expect(told).toEqual([
		expect.stringMatching(/^Not sorted: 3 tickets, which are .* after an hour\. The API refused the key/),
		expect.stringMatching(/^Not sorted: 3 tickets.* no credit left/),
		expect.stringMatching(/^Not sorted: 2 tickets.* The server failed in \d+ attempts/),
	]);
	figure(`outage: ${told[0] as string}`);
});

test('a customer is remembered, and reads the answer while it is written', async () => {
	const url = await publishExample(session, await importNamed('customer-service'));
	const sessionId = randomUUID();
	const say = async (chatInput: string) => {
		const lines = await allLines(url, { action: 'sendMessage', sessionId, chatInput });
		return lines.flatMap(({ type, content }) => (type === 'item' ? [content] : [])).join('');
	};
	const page = await (await fetch(url)).text();
	expect(page).toContain('Welcome to our shop for lamps!');
	expect(page).not.toContain('Nathan');
	expect(await say('I am Ada.')).toBe('Reply to: I am Ada.');
	await say('Who am I?');
	expect(
		(server.requests[1]!.body.messages as Array<{ content: string }>).map(({ content }) => content),
	).toEqual([expect.stringContaining('shop for lamps'), 'I am Ada.', 'Reply to: I am Ada.', 'Who am I?']);
	expect(server.requests.every(({ body }) => body.stream)).toBe(true);
	const rows = await postgres.query<{ session_id: string }>('select session_id, message from customer_chats');
	expect(rows.map((row) => row.session_id)).toEqual([sessionId, sessionId, sessionId, sessionId]);
	figure(`chat: ${JSON.stringify(rows[3])}`);
});

test('500 rows are translated, and those that fail go to a second table', async () => {
	await makeTables('translate-rows');
	await postgres.run(
		"insert into products (description) select 'Lamp number ' || n || ', \"it''s $1\"' from generate_series(1, 500) n",
	);
	await postgres.run("insert into products (description) values (null), (''), ('  ')");
	server.behave((request) => {
		const [, number] = /Lamp number (\d+)/.exec(textIn(request))!;
		if (Number(number) % 100 === 0) return fail({ status: 400, message: 'This text is not allowed.' });
		if (Number(number) % 7 === 0 && request.attempt === 1) return fail({ status: 503 });
		return ok({ text: `Lampe numéro ${number}, "c'est $1"`, latencyMs: 20 });
	});
	const workflow = await importNamed('translate-rows');
	await runByHand(session, workflow);
	const { data } = await lastExecution(session, workflow.id, 60_000);
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

test('of translations, what the table refuses takes nothing else along, and a refused key ends the run', async () => {
	await makeTables('translate-rows');
	await postgres.run('alter table products add check (length(description_fr) < 30)');
	await postgres.run("insert into products (description) select 'Lamp ' || n from generate_series(1, 20) n");
	const workflow = await importNamed('translate-rows');
	const run = async () => {
		await runByHand(session, workflow);
		const { data } = await lastExecution(session, workflow.id, 60_000);
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
	server.behave((request) =>
		ok({ text: textIn(request).includes('Lamp 17') ? `Une ${'très '.repeat(9)}belle lampe` : 'Lampe' }),
	);
	const mended = await run();
	expect(mended).toEqual({
		error: undefined,
		translated: 19,
		failed: [{ id: 17, reason: expect.stringContaining('violates check constraint') as string }],
	});
	figure(`refused by the table: ${JSON.stringify(mended.failed)}`);
});

test('an AI Agent has ChatGPT translate for it', async () => {
	server.behave((request) => {
		const { tools, messages } = request.body as {
			tools?: unknown;
			messages: Array<{ role: string; content: string }>;
		};
		if (!tools) return ok({ text: textIn(request).includes('Hello') ? 'Bonjour' : 'What?' });
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
