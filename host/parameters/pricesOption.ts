import type { INodeProperties } from 'n8n-workflow';
import type { OwnPrices } from '../../client';
import { PRICES_FROM } from './priceDate';
import { checkNumber, checkText } from './parameterChecks';

export const pricesOption: INodeProperties = {
	displayName: 'Prices',
	name: 'prices',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Price',
	default: {},
	description: `What you pay, to compute "costUsd" of. Needed only for servers and models whose price is not public, or if you pay another than the public one of ${PRICES_FROM.date}.`,
	options: [
		{
			displayName: 'Price',
			name: 'values',
			values: [
				{
					displayName: 'Model',
					name: 'model',
					type: 'string',
					default: '',
					placeholder: 'e.g. gpt-4.1-mini',
					description: 'The ID of the model this is the price of. Leave empty for all others.',
				},
				{
					displayName: 'Input',
					name: 'input',
					type: 'number',
					typeOptions: { minValue: 0, numberPrecision: 6 },
					default: 0,
					description: 'USD per million tokens of the messages',
				},
				{
					displayName: 'Cached Input',
					name: 'cachedInput',
					type: 'number',
					typeOptions: { minValue: 0, numberPrecision: 6 },
					default: 0,
					description:
						'USD per million tokens of the messages that the provider still had in its cache. Leave at 0 if they cost as much as the others.',
				},
				{
					displayName: 'Output',
					name: 'output',
					type: 'number',
					typeOptions: { minValue: 0, numberPrecision: 6 },
					default: 0,
					description: 'USD per million tokens of the reply, reasoning included',
				},
			],
		},
	],
};

/** @throws {InputProblem} naming the price to correct. */
export function readOwnPrices(value: unknown): OwnPrices[] {
	const rows = (value as { values?: Array<Record<string, unknown>> } | undefined)?.values ?? [];
	const price = (label: string, given: unknown) => checkNumber(`Prices, ${label}`, given ?? 0, { min: 0 });
	return rows.map(({ model, input, cachedInput, output }) => {
		const name = checkText('Prices, Model', model ?? '').trim();
		const cached = price('Cached Input', cachedInput);
		return {
			...(name && { model: name }),
			input: price('Input', input),
			...(cached > 0 && { cached }),
			output: price('Output', output),
		};
	});
}
