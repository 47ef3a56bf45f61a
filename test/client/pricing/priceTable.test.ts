import { readFile } from 'node:fs/promises';
import { PRICES_FROM } from '../../../client/pricing/priceDate';
import manifest from '../../../package.json';

it('is the one that the installed price list makes', async () => {
	const { priceTable } = jest.requireActual<{ priceTable: () => Promise<string> }>(
		'../../../tools/priceTable',
	);
	expect(await readFile('client/pricing/priceTable.json', 'utf8')).toBe(await priceTable());
});

it('has the date of the installed release, to be looked up with: npm view @pydantic/genai-prices time', () => {
	expect(manifest.devDependencies['@pydantic/genai-prices']).toBe(PRICES_FROM.version);
});

it('has the same date in the README', async () => {
	expect(await readFile('README.md', 'utf8')).toContain(`The public prices of ${PRICES_FROM.date}`);
});
