import { CONTINUE } from '../../../support/chatGptRun';
import { ok, type RecordedRequest } from '../../../support/faultServer';
import { fraction } from '../../../support/faultServer/mixedFaults';
import { runText, textIn, texts } from '../../../support/textRun';
import { useFaultServer } from '../../../support/useFaultServer';

const SEED = 20261121;
const COUNT = 200;
const CATEGORIES = ['Billing', 'Technical issue', 'Delivery', 'Praise'];
const items = texts(
	...Array.from(
		{ length: COUNT },
		(_, item) => `Letter ${item} about ${CATEGORIES[item % 4]!.toLowerCase()}`,
	),
);
const right = (item: number) => CATEGORIES[item % 4]!;

/** What a model makes of the label it should give. */
const DRIFTS: Record<string, (label: string) => string> = {
	right: (label) => label,
	'in another case': (label) => label.toUpperCase(),
	'in lower case': (label) => ` ${label.toLowerCase()}\n`,
	'with punctuation': (label) => `"${label}."`,
	'with extra words': (label) => `Category: ${label}`,
	'in a sentence': (label) => `The text belongs to ${label}`,
	unknown: () => 'Miscellaneous',
	'of another list': () => 'Complaint',
};
const NAMES = Object.keys(DRIFTS);

/** Only these can be told apart from something the model made up. */
const USABLE = ['right', 'in another case', 'in lower case', 'with punctuation'];

/** How the model drifts when it is asked about an item for the nth time, in whatever order requests come. */
function drift(item: number, nth: number): string {
	return NAMES[Math.floor(fraction(`${SEED} ${item} ${nth}`) * NAMES.length)]!;
}

const asked = new Map<number, number>();

function reply(request: RecordedRequest): string {
	const item = Number(/\d+/.exec(textIn(request))![0]);
	const nth = asked.get(item) ?? 0;
	asked.set(item, nth + 1);
	return JSON.stringify({ category: DRIFTS[drift(item, nth)]!(right(item)) });
}

const server = useFaultServer({ behave: (request) => ok({ text: reply(request) }) });
beforeEach(() => asked.clear());

// Each time of asking settles half of what is left.
test.each([
	{ repairAttempts: 0, settled: 110 },
	{ repairAttempts: 1, settled: 153 },
	{ repairAttempts: 2, settled: 176 },
])(
	'a drifting model that is asked again $repairAttempts times settles $settled of 200 items, and the others are clear errors',
	async (row) => {
		const { output, error } = await runText(
			server,
			'classify',
			{ categories: { values: CATEGORIES.map((name) => ({ name })) } },
			{
				items,
				options: { repairAttempts: row.repairAttempts },
				node: CONTINUE,
			},
		);
		expect(error).toBeUndefined();
		const replies = output('ChatGPT');
		expect(replies.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));

		const failed = replies.filter(({ json }) => 'error' in json);
		replies.forEach(({ json }, item) => {
			// An item never gets another category than the model meant.
			const rounds = Array.from({ length: row.repairAttempts + 1 }, (_, nth) => drift(item, nth));
			expect('error' in json).toBe(!rounds.some((name) => USABLE.includes(name)));
			if (!('error' in json)) return expect(json.category).toBe(right(item));
			expect(json.error).toMatch(
				/^The model chose nothing of the list in \d attempts?: it said ".+", but the choices are "Billing", "Technical issue", "Delivery", "Praise"$/,
			);
			const { attempts } = json.details as { attempts: object[] };
			expect(attempts).toHaveLength(row.repairAttempts + 1);
		});
		expect(COUNT - failed.length).toBe(row.settled);
	},
);
