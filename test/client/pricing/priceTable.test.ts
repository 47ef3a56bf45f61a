import { readFile } from 'node:fs/promises';
import { PRICES_FROM } from '../../../host/parameters/priceDate';
import manifest from '../../../package.json';

test('the price table is the one that the installed price list makes', async () => {
	const { priceTable } = jest.requireActual<{ priceTable: () => Promise<string> }>(
		'../../../tools/priceTable',
	);
	expect(await readFile('client/pricing/priceTable.json', 'utf8')).toBe(await priceTable());
});

test('the price date is of the installed release (see npm view @pydantic/genai-prices time)', () => {
	expect(manifest.devDependencies['@pydantic/genai-prices']).toBe(PRICES_FROM.version);
});

test('the README has the price date', async () => {
	expect(await readFile('README.md', 'utf8')).toContain(`The public prices of ${PRICES_FROM.date}`);
});
