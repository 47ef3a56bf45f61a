import { createHash } from 'node:crypto';
import type { ApiFailure } from '../../client/core/errors';
import type { JsonFormat } from '../../client/structured/jsonFormat';
import { connect, options } from '../support/clientCalls';
import { BROKEN_JSON, ok, type Breakage } from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

const server = useFaultServer();

const REPLIES = 200;
const FORMAT: JsonFormat = {
	type: 'json_schema',
	json_schema: {
		name: 'offer',
		strict: true,
		schema: {
			type: 'object',
			properties: { item: { type: 'string' }, inStock: { type: 'boolean' } },
			required: ['item', 'inStock'],
			additionalProperties: false,
		},
	},
};
const breakages = Object.keys(BROKEN_JSON) as Breakage[];

/** Breaks the first reply to each question, and three in ten of those that are to put it right. */
function reply(question: number, time: number): string {
	const good = { item: `Lamp ${question}`, inStock: true };
	const draw = createHash('sha256').update(`${question} ${time}`).digest();
	const isBroken = time === 0 || draw.readUInt16BE(0) / 2 ** 16 < 0.3;
	const breakage = breakages[time === 0 ? question % breakages.length : draw[2]! % breakages.length]!;
	return isBroken ? BROKEN_JSON[breakage](good) : JSON.stringify(good);
}

test('most of 200 broken replies end valid after one repair, and almost all after two', async () => {
	const table: Record<string, string> = {};
	for (const repairAttempts of [0, 1, 2]) {
		const times = new Map<number, number>();
		server.behave(({ body }) => {
			const question = Number((body as { messages: Array<{ content: string }> }).messages[0]!.content);
			const time = times.get(question) ?? 0;
			times.set(question, time + 1);
			return ok({ text: reply(question, time) });
		});
		const client = connect(server);
		const ask = async (question: number) => {
			const messages = [{ role: 'user', content: String(question) }];
			const request = { model: 'gpt-4o', messages, response_format: FORMAT };
			try {
				const { choices } = await client.completeChat(request, options({ json: { repairAttempts } }));
				expect(choices[0].json).toEqual({ item: `Lamp ${question}`, inStock: true });
				return 1;
			} catch (error) {
				expect((error as ApiFailure).kind).toBe('invalid_json');
				return 0;
			}
		};
		let valid = 0;
		for (let question = 0; question < REPLIES; question++) valid += await ask(question);
		const requests = [...times.values()].reduce((sum, count) => sum + count, 0);
		table[`repair ${repairAttempts}`] = `${valid} of ${REPLIES} valid, ${requests} requests`;
	}
	expect(table).toMatchInlineSnapshot(`
		{
		  "repair 0": "102 of 200 valid, 200 requests",
		  "repair 1": "189 of 200 valid, 298 requests",
		  "repair 2": "199 of 200 valid, 309 requests",
		}
	`);
});
